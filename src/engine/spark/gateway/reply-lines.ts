/** Chunks of a socket to lines, without their ends. A line of many megabytes is put together once, when its end is there. */
export class ReplyLines {
  readonly #onLine: (line: Buffer) => void;
  /** The beginning of a line whose end has not come yet. */
  #begun: Buffer[] = [];

  constructor(onLine: (line: Buffer) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const last = chunk.subarray(start, end);
      this.#onLine(this.#begun.length === 0 ? last : Buffer.concat([...this.#begun, last]));
      this.#begun = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#begun.push(chunk.subarray(start));
  }
}
