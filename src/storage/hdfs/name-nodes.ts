/**
 * Calls to the NameNodes of one HDFS. One of them is active; who finds it silent or standing by asks the next, and all after the first
 * go where an answer came from.
 *
 *     call ──▶ nn1  no answer, StandbyException     ──▶ nn2, at once
 *              all of them                          ──▶ a pause, and again
 *              SafeModeException, RetriableException──▶ a pause, and the same again
 *              any other answer                     ──▶ is the answer
 */
import type { HadoopConf } from "../hadoop-conf.ts";
import { Patience } from "../patience.ts";
import { type Cluster, userName } from "./address.ts";
import { isElsewhere, isPassing, Refusal, refusalOf, Unreachable } from "./errors.ts";
import { type Answer, ask } from "./http.ts";
import { delegationToken } from "./token.ts";

/** Names as WebHDFS has them; values are encoded. */
export type Parameters = Readonly<Record<string, string | number | boolean>>;

export class NameNodes {
  readonly cluster: Cluster;
  readonly conf: HadoopConf;
  #active = 0;
  readonly #identity: Parameters;

  constructor(cluster: Cluster, conf: HadoopConf) {
    this.cluster = cluster;
    this.conf = conf;
    const token = delegationToken(cluster);
    this.#identity = token === undefined ? { "user.name": userName() } : { delegation: token };
  }

  /** The parsed answer. Rejects with a `Refusal`, or with `Unreachable` when patience has ended. */
  async call(method: "GET" | "PUT" | "DELETE", path: string, op: string, parameters?: Parameters): Promise<unknown> {
    const { body } = await this.#answer(method, path, op, parameters);
    return body === "" ? undefined : JSON.parse(body);
  }

  /** Where on a DataNode the operation goes on. */
  async redirect(method: "GET" | "PUT", path: string, op: string, parameters?: Parameters): Promise<string> {
    const { status, location } = await this.#answer(method, path, op, parameters);
    if (location !== undefined && /^https?:\/\//.test(location)) return location;
    throw new Refusal("", `the NameNode names no DataNode (${status})`);
  }

  async #answer(method: string, path: string, op: string, parameters: Parameters = {}): Promise<Answer> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ op, ...parameters, ...this.#identity }))
      query.set(name, String(value));
    const target = `/webhdfs/v1${encodedPath(path)}?${query}`;
    const patience = new Patience(this.conf);
    const { nameNodes } = this.cluster;
    let silent = 0;
    for (let tries = 1; ; tries++) {
      const asked = this.#active;
      try {
        return await this.#once(method, nameNodes[asked] as string, target);
      } catch (error) {
        if (error instanceof Refusal) error.isFirst = tries === 1;
        if (!isPassing(error)) throw error;
        if (isElsewhere(error) && this.#active === asked) this.#active = (asked + 1) % nameNodes.length;
        if (isElsewhere(error) && ++silent < nameNodes.length) continue;
        silent = 0;
        await patience.pause(this.cluster.root, error);
      }
    }
  }

  async #once(method: string, nameNode: string, target: string): Promise<Answer> {
    let answer: Answer;
    try {
      answer = await ask(method, nameNode + target);
    } catch (error) {
      throw this.#noAnswer(nameNode, error as NodeJS.ErrnoException);
    }
    if (answer.status >= 200 && answer.status < 400) return answer;
    throw refusalOf(answer);
  }

  #noAnswer(nameNode: string, { code, message }: NodeJS.ErrnoException): Error {
    if (code === "ENOTFOUND" && this.cluster.nameNodes.length === 1) {
      const host = new URL(nameNode).hostname;
      const advice = "if it is a name service, HADOOP_CONF_DIR must be the directory of its hdfs-site.xml";
      return new Refusal("", `there is no host ${host}; ${advice}`);
    }
    const advice = this.cluster.guessed
      ? "; no configuration says where the NameNode speaks HTTP, so the usual port was tried: set " +
        "spark.hadoop.dfs.namenode.http-address, or HADOOP_CONF_DIR"
      : "";
    return new Unreachable(`nobody answers at ${nameNode} (${code ?? message})${advice}`);
  }
}

function encodedPath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
