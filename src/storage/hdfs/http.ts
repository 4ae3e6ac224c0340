/**
 * HTTP as WebHDFS wants it. Not `fetch`: a DataNode answers every upload with `100 Continue`, asked for or not, which fetch takes
 * for a broken response.
 */
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";

/** A connection that says nothing for so long is given up, ms; Hadoop's clients take the same. */
const silence = 60_000;

/** NameNodes are asked often, so their connections are kept; idle ones do not keep the process alive. */
const kept = new Agent({ keepAlive: true, maxSockets: 16 });

export interface Answer {
  readonly status: number;
  /** Of a redirect. */
  readonly location: string | undefined;
  /** Of a refusal. */
  readonly authenticate: string | undefined;
  readonly body: string;
}

/** A request to a NameNode: small both ways, redirects not followed. Rejects where no answer comes. */
export async function ask(method: string, url: string): Promise<Answer> {
  const response = await answerTo(request(url, { method, agent: kept, timeout: silence }).end());
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { location, "www-authenticate": authenticate } = response.headers;
  return { status: response.statusCode ?? 0, location, authenticate, body: Buffer.concat(chunks).toString() };
}

/** A request to a DataNode, which closes the connection behind its answer. Where data are sent, they follow. */
export function open(method: string, url: string): ClientRequest {
  return request(url, { method, agent: false, timeout: silence });
}

/** Resolves with the head of the answer; rejects when the connection breaks before. */
export function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("timeout", () => sent.destroy(new Error(`it was silent for ${silence / 1000} s`)));
    sent.on("error", reject).once("response", resolve);
  });
}
