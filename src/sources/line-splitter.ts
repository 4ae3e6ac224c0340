/**
 * Bytes in, lines out: the inner loop of every text source.
 *
 * A line ends at \n, \r\n or \r, or with the file. A split of a file is given as byte positions [start, end) that fall
 * anywhere, so both of its borders are moved on to where the next line begins, by one rule for both:
 *
 *     border(x) = just behind the first line end at or after byte x        (border(0) = 0)
 *
 *     byte           0     start                    end
 *     file           |aaaaa\n|bb·bbbbb\n|cccc\n|dddd·ddddd\r\n|eee\n|
 *     lines of it                       |=====================|
 *
 * Neighbouring splits agree on every border, hence each line is read exactly once, wherever the borders fall: inside a
 * line of many splits' length (the splits inside it are empty), between \r and \n, or inside a character.
 *
 * Speed comes from looking at a chunk of bytes as a whole: find its last line end, turn all before that into one string in
 * one call, split this string. Only the line that crosses from one chunk into the next is put together apart. A chunk
 * with a \r in it takes a slower way, which knows all three line ends. No byte is joined more than twice, so one line of
 * 50 MB costs what many short ones cost.
 */
import { constants, isAscii } from "node:buffer";
import { DStreamsError } from "../base/errors.ts";
import type { TextLines } from "../plan/plan.ts";

const lineFeed = 10;
const carriageReturn = 13;
const nothing = Buffer.alloc(0);

export class LineSplitter {
  /** True when all lines of the split have been seen; what follows in the file belongs to others. */
  done = false;

  /** Position in the file behind all bytes seen. */
  position: number;

  readonly #end: number;
  readonly #startBorder = new BorderFinder();
  readonly #endBorder = new BorderFinder();
  #skipping: boolean;
  #atFileStart: boolean;
  readonly #carry: Carry;

  /** For the bytes of `name` from `start` on, of which the caller pushes as many as there are, or until `done`. */
  constructor(name: string, start: number, end: number) {
    this.#carry = new Carry(name);
    this.position = start;
    this.#end = end;
    this.#skipping = start > 0;
    this.#atFileStart = start === 0;
  }

  /** The lines that end in this chunk. The chunk may be overwritten afterwards. */
  push(bytes: Uint8Array): string[] {
    const chunk = this.#own(bytes);
    return chunk === undefined ? [] : this.#split(chunk, this.done);
  }

  /** The same lines; as bytes of this chunk, if all but the first are plain ASCII lines. */
  pushText(bytes: Uint8Array): string[] | TextLines {
    const chunk = this.#own(bytes);
    if (chunk === undefined) return [];
    return this.#asText(chunk) ?? this.#split(chunk, this.done);
  }

  /** What of the next bytes belongs to this split; undefined: none yet, or none at all. */
  #own(bytes: Uint8Array): Buffer | undefined {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const base = this.position;
    this.position += chunk.length;
    const isBehindEnd = this.position > this.#end;
    const from = this.#skipping ? this.#startBorder.find(chunk, 0) : 0;
    if (from < 0) {
      this.done = isBehindEnd; // then the whole split lies within one line, that of another split
      return undefined;
    }
    this.#skipping = false;
    const to = isBehindEnd ? this.#endBorder.find(chunk, Math.max(0, this.#end - base)) : -1;
    if (to < 0) return chunk.subarray(from);
    this.done = true;
    return chunk.subarray(from, to);
  }

  /** The last line, when the file ends without a line end. */
  finish(): string[] {
    if (this.done || this.#skipping) return [];
    this.done = true;
    return this.#split(nothing, true);
  }

  #split(chunk: Buffer, isLast: boolean): string[] {
    const lines = !isLast && this.#hasFeedsOnly(chunk) ? this.#splitAtFeeds(chunk) : this.#splitAtAnyEnd(chunk, isLast);
    if (this.#atFileStart && lines.length > 0) {
      this.#atFileStart = false;
      if (lines[0]?.startsWith("\uFEFF")) lines[0] = lines[0].slice(1); // a byte order mark is no text
    }
    return lines;
  }

  #hasFeedsOnly(chunk: Buffer): boolean {
    return !this.#carry.endsInReturn && !chunk.includes(carriageReturn);
  }

  /** Undefined where the lines must become strings. Of a text that begins in ASCII the first line has no mark. */
  #asText(chunk: Buffer): TextLines | undefined {
    if (this.done || (this.#atFileStart && !this.#carry.isEmpty)) return undefined;
    const start = this.#carry.isEmpty ? 0 : chunk.indexOf(lineFeed) + 1;
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end === 0 || !isAscii(chunk.subarray(start, end)) || !this.#hasFeedsOnly(chunk)) return undefined;
    const first = start === 0 ? [] : [decodeAll(this.#carry.join(chunk.subarray(0, start - 1)))];
    this.#carry.keep(chunk.subarray(end));
    this.#atFileStart = false;
    return { first, bytes: chunk, start, end };
  }

  /** Chunks without any \r, that is nearly all. */
  #splitAtFeeds(chunk: Buffer): string[] {
    const last = chunk.lastIndexOf(lineFeed);
    if (last < 0) {
      this.#carry.keep(chunk);
      return [];
    }
    let lines: string[];
    if (this.#carry.isEmpty) lines = decode(chunk, 0, last).split("\n");
    else {
      const first = chunk.indexOf(lineFeed);
      const crossing = this.#carry.join(chunk.subarray(0, first));
      lines = decode(chunk, first, last).split("\n"); // begins with the \n at `first`: an empty string, to be replaced
      lines[0] = decodeAll(crossing);
    }
    this.#carry.keep(chunk.subarray(last + 1));
    return lines;
  }

  /** Any line ends, and no line end at all behind the last line. */
  #splitAtAnyEnd(chunk: Buffer, isLast: boolean): string[] {
    const bytes = this.#carry.join(chunk);
    const complete = isLast ? bytes.length : lastBorder(bytes);
    this.#carry.keep(bytes.subarray(complete));
    return splitText(decode(bytes, 0, complete));
  }
}

/** Finds the border behind the first line end at or after a place, over several chunks if need be. */
class BorderFinder {
  /** The chunk before ended in the \r that is the line end; a \n at the beginning of this one belongs to it. */
  #returned = false;

  /** Index behind the line end in this chunk; negative: not known yet. */
  find(chunk: Buffer, from: number): number {
    if (this.#returned && chunk.length > 0) return chunk[0] === lineFeed ? 1 : 0;
    const feed = chunk.indexOf(lineFeed, from);
    const before = feed < 0 ? chunk : chunk.subarray(0, feed);
    const carriage = before.indexOf(carriageReturn, from);
    if (carriage < 0) return feed < 0 ? -1 : feed + 1;
    if (carriage === chunk.length - 1) {
      this.#returned = true;
      return -1;
    }
    return chunk[carriage + 1] === lineFeed ? carriage + 2 : carriage + 1;
  }
}

/** The beginning of a line whose end is still to come; it holds no line end, except perhaps a \r as its last byte. */
class Carry {
  readonly #name: string;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  get endsInReturn(): boolean {
    const last = this.#parts.at(-1);
    return last !== undefined && last[last.length - 1] === carriageReturn;
  }

  /** Copies the bytes. */
  keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(Buffer.from(bytes));
    this.#size += bytes.length;
    if (this.#size > constants.MAX_STRING_LENGTH) throw this.#tooLong();
  }

  #tooLong(): DStreamsError {
    const most = Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20);
    const what = `A line of ${this.#name} is longer than ${most} MB, the longest string there can be`;
    return new DStreamsError(
      "DSTREAMS_DATA",
      `${what}. Is it text? Otherwise read it with binaryFiles or binaryRecords`,
    );
  }

  /** What was kept, followed by these bytes. Nothing is kept any more. */
  join(bytes: Buffer): Buffer {
    if (this.#size === 0) return bytes;
    const joined = Buffer.concat([...this.#parts, bytes]);
    this.#parts = [];
    this.#size = 0;
    return joined;
  }
}

/** Index behind the last line end; a \r as the last byte does not count, since it may be half of \r\n. */
function lastBorder(bytes: Buffer): number {
  const searchable = bytes.subarray(0, bytes[bytes.length - 1] === carriageReturn ? -1 : bytes.length);
  return Math.max(searchable.lastIndexOf(lineFeed), searchable.lastIndexOf(carriageReturn)) + 1;
}

/**
 * UTF-8, each malformed sequence as U+FFFD, by the rule of the Encoding Standard. Java's differs in one case only: a surrogate
 * written as three bytes is one U+FFFD there and three here. Pure ASCII decodes faster as latin1.
 */
function decode(bytes: Buffer, start: number, end: number): string {
  const part = bytes.subarray(start, end);
  return part.toString(isAscii(part) ? "latin1" : "utf8");
}

function decodeAll(bytes: Buffer): string {
  return decode(bytes, 0, bytes.length);
}

/** Lines that end in \n, \r\n or \r; the last one may have no end. */
function splitText(text: string): string[] {
  const feeds = text.includes("\r") ? text.replaceAll("\r\n", "\n").replaceAll("\r", "\n") : text;
  const lines = feeds.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
