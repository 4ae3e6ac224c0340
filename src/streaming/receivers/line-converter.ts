import { StringDecoder } from "node:string_decoder";
import type { SocketConverter } from "./socket-receiver.ts";

/**
 * Lines of UTF-8 text, as `socketTextStream` reads them, out of bytes that come in any pieces. (Files have a splitter of their own,
 * in sources/, which is about splits and speed; here a line must not wait for what comes behind it.) They end at `\n`, `\r` or `\r\n`; an unfinished last line counts when the stream ends. A `\r` at the
 * end of a chunk ends its line at once: a `\n` that follows in the next chunk belongs to it.
 */
export class LineConverter implements SocketConverter<string> {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #skipNewline = false;

  push(bytes: Uint8Array): string[] {
    return this.#cut(this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  }

  end(): string[] {
    const lines = this.#cut(this.#decoder.end());
    if (this.#rest !== "") lines.push(this.#rest);
    this.#rest = "";
    return lines;
  }

  #cut(text: string): string[] {
    if (text === "") return [];
    const from = this.#skipNewline && text.startsWith("\n") ? 1 : 0;
    this.#skipNewline = text.endsWith("\r");
    const lines = (from === 0 ? text : text.slice(1)).split(/\r\n|\n|\r/);
    lines[0] = this.#rest + (lines[0] ?? "");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
