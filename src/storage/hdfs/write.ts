/**
 * A new file. It grows under a hidden name beside its own and takes its own name when it is closed, as local files do. What is small is
 * held until it is complete, and can so be sent again, to another DataNode, when one fails; what is larger streams, and a failure is the
 * writer's: its task is tried again.
 */
import { randomBytes } from "node:crypto";
import type { ClientRequest } from "node:http";
import type { HadoopConf } from "../hadoop-conf.ts";
import { Patience } from "../patience.ts";
import type { FileWriter } from "../storage.ts";
import { hdfsError, isPassing, Refusal } from "./errors.ts";
import { open } from "./http.ts";
import type { NameNodes } from "./name-nodes.ts";
import { addressOf, exclude, answerOfDataNode, broke, excluding, isNoReplica } from "./read.ts";

/** So much is held before anything is sent. */
const heldBytes = 8 * 1024 * 1024;

export class HdfsWriter implements FileWriter {
  readonly #nodes: NameNodes;
  readonly #path: string;
  readonly #hidden: string;
  #held: Uint8Array[] = [];
  #heldSize = 0;
  #upload: Upload | undefined;

  constructor(nodes: NameNodes, path: string) {
    this.#nodes = nodes;
    this.#path = path;
    const slash = path.lastIndexOf("/") + 1;
    const name = path.slice(slash, slash + 200);
    this.#hidden = `${path.slice(0, slash)}.${name}.${randomBytes(6).toString("hex")}.tmp`;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#orDiscard(async () => {
      if (this.#upload) return this.#upload.send(bytes);
      this.#held.push(Uint8Array.from(bytes));
      this.#heldSize += bytes.length;
      if (this.#heldSize > heldBytes) this.#upload = await this.#sendHeld();
    });
  }

  close(): Promise<void> {
    return this.#orDiscard(async () => {
      if (this.#upload) await this.#upload.end();
      else await this.#sendHeld(upload => upload.end());
      await renameOver(this.#nodes, this.#hidden, this.#path);
    });
  }

  async discard(): Promise<void> {
    this.#upload?.abort();
    this.#held = [];
    await this.#nodes.call("DELETE", this.#hidden, "DELETE");
  }

  /** Opens an upload and sends what is held, to one DataNode after the other until one takes it. */
  async #sendHeld(andThen: (upload: Upload) => Promise<void> = async () => undefined): Promise<Upload> {
    const patience = new Patience(this.#nodes.conf);
    const broken = new Set<string>();
    for (;;) {
      let url = "";
      let upload: Upload | undefined;
      try {
        const how = { overwrite: true, ...layoutOf(this.#nodes.conf), ...excluding(broken) };
        url = await this.#nodes.redirect("PUT", this.#hidden, "CREATE", how);
        upload = new Upload(url);
        for (const bytes of this.#held) await upload.send(bytes);
        await andThen(upload);
        this.#held = [];
        return upload;
      } catch (error) {
        upload?.abort();
        if (isNoReplica(error)) broken.clear();
        else if (url === "" || !isPassing(error)) throw error;
        else if (exclude(await addressOf(url), broken)) continue;
        await patience.pause(`${this.#nodes.cluster.root}${this.#path}`, error);
      }
    }
  }

  async #orDiscard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await this.discard().catch(() => undefined);
      throw hdfsError("write", `${this.#nodes.cluster.root}${this.#path}`, error);
    }
  }
}

/** What the writer of a file decides in HDFS; without settings of its own, as the cluster likes it. */
function layoutOf(conf: HadoopConf): Record<string, number> {
  const wanted = { blocksize: conf.size("dfs.blocksize", 0), replication: conf.integer("dfs.replication", 0) };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value > 0));
}

/** One request that carries a file to a DataNode. */
class Upload {
  readonly #url: string;
  readonly #request: ClientRequest;
  readonly #answered: Promise<unknown>;

  constructor(url: string) {
    this.#url = url;
    this.#request = open("PUT", url);
    this.#answered = answerOfDataNode(url, this.#request).then(response => response.resume());
    this.#answered.catch(() => undefined); // reported by whichever of the calls below comes next
  }

  /** Resolves when the bytes have left, so that they may be used again. */
  async send(bytes: Uint8Array): Promise<void> {
    const sent = new Promise<void>((resolve, reject) => {
      this.#request.write(bytes, error => (error ? reject(broke(this.#url, error)) : resolve()));
    });
    // an answer before the end is a refusal, and tells more than the broken connection
    await Promise.race([sent, this.#answered.then(() => sent)]);
  }

  /** The file is complete. */
  async end(): Promise<void> {
    this.#request.end();
    await this.#answered;
  }

  abort(): void {
    this.#request.destroy();
  }
}

/** Moves a file or directory; what is a file at `to` is replaced, at once. */
export async function renameOver(nodes: NameNodes, from: string, to: string): Promise<void> {
  try {
    await nodes.call("PUT", from, "RENAME", { destination: to, renameoptions: "OVERWRITE" });
  } catch (error) {
    // done by a request whose answer was lost
    const isDone = error instanceof Refusal && !error.isFirst && error.exception === "FileNotFoundException";
    if (isDone && (await nodes.call("GET", to, "GETFILESTATUS"))) return;
    throw error;
  }
}
