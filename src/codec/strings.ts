/**
 * Columns of strings, in one of four forms:
 *
 *     latin1       lengths, characters            one byte a character
 *     utf16        lengths, UTF-16 units          two bytes a unit: whatever a string may hold, lone surrogates too
 *     mixed        a bit a string, then the latin1 ones and the utf16 ones as columns
 *     dictionary   the distinct strings as a column, and for each string its place there
 *
 * A call into the runtime costs as much as some tens of characters, so both ways go a *window* of some hundred characters at a
 * time. Writing, strings are put together (which V8 does without copying) and written at once: three times as fast as a loop
 * over the characters. Reading, a window is made a string, and the strings are substrings of it: four times as fast as a call
 * for each. V8 lets a substring of 13 or more characters keep what it is part of alive, so a window is small: a string kept for
 * long (a key of a state, say) keeps 512 characters at most, never the block. Strings of 128 characters and more are made one
 * by one and keep nothing.
 */
import { type Reader, type Writer, damaged } from "./bytes.ts";
import { buildDictionary } from "./dictionary.ts";
import { newArray, type Numbers, readBits, readNumbers, writeBits, writeNumbers } from "./numbers.ts";
import { readLatin1, readUtf16, tryLatin1, writeUtf16 } from "./text.ts";

const latin1 = 0;
const utf16 = 1;
const mixed = 2;
const dictionary = 3;

const windowSize = 512;
const longText = 128;

export function writeStrings(out: Writer, values: readonly string[]): void {
  const found = buildDictionary(values);
  if (found === undefined) return writePlain(out, values);
  out.byte(dictionary);
  out.count(found.distinct.length);
  writePlain(out, found.distinct);
  writeNumbers(out, found.indices);
}

export function readStrings(from: Reader, length: number): string[] {
  const form = from.byte();
  if (form !== dictionary) return readPlain(from, length, form);
  const distinct = readPlain(from, from.countOf(8), from.byte());
  const indices = readNumbers(from, length);
  const strings = newArray<string>(length);
  for (let i = 0; i < length; i++) {
    const string = distinct[indices[i] as number];
    if (string === undefined) throw damaged("a string is not in its dictionary");
    strings[i] = string;
  }
  return strings;
}

function writePlain(out: Writer, values: readonly string[]): void {
  const start = out.position;
  if (tryNarrow(out, values)) return;
  out.position = start;
  const kinds: boolean[] = [];
  const narrow: string[] = [];
  const wide: string[] = [];
  for (const value of values) {
    const kind = isWide(value);
    kinds.push(kind);
    (kind ? wide : narrow).push(value);
  }
  if (narrow.length > 0) {
    out.byte(mixed);
    writeBits(out, kinds);
    out.count(wide.length);
    tryNarrow(out, narrow);
  }
  writeWide(out, wide);
}

function isWide(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return true;
  return false;
}

/** The latin1 form; false, with something half written, when a character does not fit in a byte. */
function tryNarrow(out: Writer, values: readonly string[]): boolean {
  writeLengths(out, latin1, values);
  for (let i = 0; i < values.length; ) {
    let text = values[i++] as string;
    while (text.length < windowSize && i < values.length && (values[i] as string).length < windowSize)
      text += values[i++];
    out.reserve(text.length * 3);
    if (!tryLatin1(out, text)) return false;
  }
  return true;
}

function writeWide(out: Writer, values: readonly string[]): void {
  writeLengths(out, utf16, values);
  out.align(2);
  for (let i = 0; i < values.length; ) {
    let text = values[i++] as string;
    while (text.length < windowSize && i < values.length && (values[i] as string).length < windowSize)
      text += values[i++];
    out.reserve(text.length * 2);
    writeUtf16(out, text);
  }
}

/** form, total, lengths */
function writeLengths(out: Writer, form: number, values: readonly string[]): void {
  const lengths = new Int32Array(values.length);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const { length } = values[i] as string;
    lengths[i] = length;
    total += length;
  }
  out.byte(form);
  out.count(total);
  writeNumbers(out, lengths);
}

function readPlain(from: Reader, length: number, form: number): string[] {
  switch (form) {
    case latin1:
      return readCharacters(from, length, readLatin1, 1);
    case utf16:
      return readCharacters(from, length, readUtf16, 2);
    case mixed:
      return readMixed(from, length);
    default:
      throw damaged("there is no such form of strings");
  }
}

function readMixed(from: Reader, length: number): string[] {
  const wide = readBits(from, length);
  const wideCount = from.count();
  if (wideCount > length) throw damaged("it announces more than it holds");
  const narrowForm = from.byte();
  const narrow = readPlain(from, length - wideCount, narrowForm === latin1 ? latin1 : -1);
  const wideForm = from.byte();
  const wideOnes = readPlain(from, wideCount, wideForm === utf16 ? utf16 : -1);
  let nextNarrow = 0;
  let nextWide = 0;
  const strings = wide.map(is => (is ? wideOnes[nextWide++] : narrow[nextNarrow++]));
  if (nextWide !== wideCount) throw damaged("the kinds of its strings do not add up");
  return strings as string[];
}

function readCharacters(from: Reader, length: number, read: typeof readLatin1, width: number): string[] {
  const total = from.countOf(8);
  const lengths = readNumbers(from, length);
  from.align(width);
  const strings = newArray<string>(length);
  let sum = 0;
  for (let i = 0; i < length; ) {
    const end = windowEnd(lengths, i);
    let size = 0;
    for (let j = i; j < end; j++) size += lengths[j] as number;
    const characters = read(from, size);
    sum += size;
    for (let at = 0; i < end; i++) {
      const next = at + (lengths[i] as number);
      strings[i] = characters.substring(at, next);
      at = next;
    }
  }
  if (sum !== total) throw damaged("the lengths of its strings do not add up");
  return strings;
}

/** Where the window that begins with string `start` ends; a long string is a window of its own. */
function windowEnd(lengths: Numbers, start: number): number {
  let size = 0;
  let end = start;
  while (end < lengths.length) {
    const length = lengths[end] as number;
    if (!(length >= 0)) throw damaged("a string has a negative length");
    size += length;
    if (end > start && (size > windowSize || length >= longText)) break;
    end++;
    if (length >= longText) break;
  }
  return end;
}
