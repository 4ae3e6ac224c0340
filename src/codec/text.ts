/** One string: bytes when all its UTF-16 units fit in one, else the units themselves. So lone surrogates survive. */
import type { Reader, Writer } from "./bytes.ts";

/** From this length on a call into the runtime is quicker than a loop over the characters. */
const shortText = 16;

/**
 * Writes a string one byte a character and returns true; or, when a character needs two, returns false and leaves the position
 * as it was. Three bytes a character must be reserved (else `utf8Write` would stop short).
 */
export function tryLatin1(out: Writer, text: string): boolean {
  const { buffer, position } = out;
  const length = text.length;
  // UTF-8 of the same length as the string is ASCII, and the runtime finds that out faster than we could.
  if (length >= shortText && buffer.utf8Write(text, position) === length) {
    out.position = position + length;
    return true;
  }
  let all = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    all |= unit;
    buffer[position + i] = unit;
  }
  if (all > 255) return false;
  out.position = position + length;
  return true;
}

/** Writes the UTF-16 units of a string; two bytes a unit must be reserved. */
export function writeUtf16(out: Writer, text: string): void {
  if (text.length >= shortText) {
    out.position += out.buffer.ucs2Write(text, out.position);
    return;
  }
  for (let i = 0; i < text.length; i++) {
    out.view.setUint16(out.position, text.charCodeAt(i), true);
    out.position += 2;
  }
}

/** The string of the next `length` bytes. */
export function readLatin1(from: Reader, length: number): string {
  from.need(length);
  const start = from.position;
  from.position += length;
  return from.buffer.latin1Slice(start, start + length);
}

/** The string of the next `length` UTF-16 units. */
export function readUtf16(from: Reader, length: number): string {
  from.need(length * 2);
  const start = from.position;
  from.position += length * 2;
  return from.buffer.ucs2Slice(start, start + length * 2);
}
