/**
 * Values of the gateway's text protocol (Py4J's): a letter, and the text behind it.
 *
 *     argument            letter                     letter   reply
 *     "text"              s  \ CR LF escaped         s        string          Java: String, char
 *     true, false         b                          b        boolean
 *     null                n                          n  v     null, undefined (void)
 *     int(7)              i                          i        number          byte, short, int
 *     long(7), long(7n)   L                          L        number, or bigint beyond 2^53
 *     double(7)           d                          d        number          float, double
 *     Uint8Array          j  base64                  j        Buffer          byte[] only
 *     JavaObject          r  its id                  r l a h t g   JavaObject
 *                                                    D        string          BigDecimal, its digits
 *
 * JavaScript has one kind of number and Java many, and Java's overloads are chosen by kind: so an argument says which it is, and a bare
 * number is none.
 */
import { DStreamsError } from "../../../base/errors.ts";

/** What the JVM says an object is; every array but byte[] is an `array`. */
export type JavaKind = "object" | "list" | "map" | "set" | "array" | "iterator";

/**
 * An object that the JVM holds for us, until it is released. When nobody refers to this any more, that happens by itself, some time
 * later; who makes many of them releases them outright.
 */
export class JavaObject {
  /** The JVM's name for it: `o12`. */
  readonly id: string;
  readonly kind: JavaKind;

  constructor(id: string, kind: JavaKind = "object") {
    this.id = id;
    this.kind = kind;
  }
}

/** A number with its Java type: made by `int`, `long` and `double`. */
export class JavaNumber {
  readonly part: string;

  constructor(part: string) {
    this.part = part;
  }
}

export type Argument = string | boolean | null | Uint8Array | JavaObject | JavaNumber;

export type Reply = undefined | null | boolean | string | number | bigint | Buffer | JavaObject;

/** A Java `int`; fits `short` and `byte` too, and `long`, but not `double`. Throws a RangeError for anything else than 32 bits. */
export function int(value: number): JavaNumber {
  if ((value | 0) !== value) throw new RangeError(`${value} is no Java int`);
  return new JavaNumber(`i${value}`);
}

/** A Java `long`. Throws a RangeError for a fraction, and for a number that is not exact. */
export function long(value: number | bigint): JavaNumber {
  const exact = typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
  if (!exact) throw new RangeError(`${value} is no Java long`);
  return new JavaNumber(`L${BigInt(value)}`);
}

/** A Java `double` or `float`. */
export function double(value: number): JavaNumber {
  return new JavaNumber(`d${Object.is(value, -0) ? "-0.0" : value}`);
}

/** An argument, or the value of a field, as a line without its end. A lone surrogate, which UTF-8 has no bytes for, becomes U+FFFD. */
export function encodeArgument(value: Argument): string {
  if (value === null) return "n";
  if (typeof value === "string") return `s${escape(value)}`;
  if (typeof value === "boolean") return `b${value}`;
  if (value instanceof JavaObject) return `r${value.id}`;
  if (value instanceof JavaNumber) return value.part;
  return `j${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}`;
}

/** A class, a method, an id: a line that stands for itself. */
export function encodeName(name: string): string {
  if (/[\r\n]/.test(name)) throw unexpected(`a name of one line, but got ${JSON.stringify(name)}`);
  return name;
}

const kinds: Record<string, JavaKind> = {
  r: "object",
  l: "list",
  a: "map",
  h: "set",
  t: "array",
  g: "iterator",
};

/** What follows `!y` of a reply line. */
export function decodeReply(part: Buffer): Reply {
  const letter = String.fromCharCode(part[0] ?? 0);
  if (letter === "j") return Buffer.from(part.toString("latin1", 1), "base64");
  const text = part.toString("utf8", 1);
  const kind = kinds[letter];
  if (kind !== undefined) return new JavaObject(text, kind);
  switch (letter) {
    case "v":
      return undefined;
    case "n":
      return null;
    case "b":
      return text.toLowerCase() === "true";
    case "s":
      return unescape(text);
    case "D":
      return text;
    case "i":
    case "d":
      return Number(text);
    case "L": {
      const value = Number(text);
      return Number.isSafeInteger(value) ? value : BigInt(text);
    }
    default:
      throw unexpected(
        `a value, but the JVM answered ${JSON.stringify(part.toString("utf8", 0, 100))}: there is no such member`,
      );
  }
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}

/** Also the text of an error that the gateway itself reports. */
export function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter === "r" ? "\r" : letter));
}

export function asObject(reply: Reply): JavaObject {
  return reply instanceof JavaObject ? reply : refuse("an object", reply);
}

export function asString(reply: Reply): string {
  return typeof reply === "string" ? reply : refuse("a string", reply);
}

/** An int, or a long that a number can hold. */
export function asInt(reply: Reply): number {
  return typeof reply === "number" && Number.isInteger(reply) ? reply : refuse("an integer", reply);
}

export function asBytes(reply: Reply): Buffer {
  return Buffer.isBuffer(reply) ? reply : refuse("bytes", reply);
}

function refuse(wanted: string, reply: Reply): never {
  const got = reply instanceof JavaObject ? `an object (${reply.kind})` : Buffer.isBuffer(reply) ? "bytes" : `${reply}`;
  throw unexpected(`${wanted}, but the JVM answered ${got}`);
}

function unexpected(what: string): DStreamsError {
  return new DStreamsError("DSTREAMS_SPARK_GATEWAY", `Spark's gateway: expected ${what}.`);
}
