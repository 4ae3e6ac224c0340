/**
 * The source of one function, method or class, made ready to be compiled alone.
 *
 *     as V8 has it             as it travels (same length, same lines)
 *     [Symbol.iterator]() {}   $                () {}            as a member of an object, its name set again later
 *     import.meta.url          $importMeta.url                   a parameter
 *     arguments (in an arrow)  $argument                         a parameter
 */
import type { Code } from "./format.ts";
import type { Names } from "./free-names.ts";
import { type Path, refuse } from "./path.ts";
import type { Script } from "./scripts.ts";
import { childOf, listOf, parseSource, type Syntax } from "./syntax.ts";

export interface ParsedCode {
  readonly form: Code["form"];
  readonly text: string;
  /** The function or class itself; its positions are `base` too high. */
  readonly syntax: Syntax;
  readonly base: number;
  /** For a member: the key in front of it, when it is computed. */
  readonly computedKey: Syntax | undefined;
}

/** Parses the text of a function as what it was written as. */
export function parseCode(text: string, declared: boolean, strict: boolean, path: Path): ParsedCode {
  const first = (source: string): Syntax | undefined => listOf(parseSource(source, strict), "body")[0];
  if (declared) {
    const syntax = attempt(() => first(text));
    if (syntax) return { form: "declaration", text, syntax, base: 0, computedKey: undefined };
  }
  const expression = attempt(() => childOf(first(`(${text}\n)`) as Syntax, "expression"));
  if (expression && /^(Function|Class|ArrowFunction)Expression$/.test(expression.type)) {
    const form = expression.type === "ClassExpression" ? "class" : "expression";
    return { form, text, syntax: expression, base: 1, computedKey: undefined };
  }
  const object = attempt(() => childOf(first(`({${text}\n})`) as Syntax, "expression"));
  const member = object && listOf(object, "properties")[0];
  if (member) {
    const computed = member["computed"] === true;
    return {
      form: "member",
      text,
      syntax: childOf(member, "value"),
      base: 2,
      computedKey: computed ? childOf(member, "key") : undefined,
    };
  }
  return refuse(
    path,
    "function",
    "Its source cannot be read by itself: a private method, `new.target` outside of its function, or syntax newer than " +
      "this version of dstreams. Wrap it into a plain function.",
  );
}

/** Refuses what a function takes from the code around it other than variables. */
export function checkNames(names: Names, parsed: ParsedCode, outerThis: boolean, path: Path): void {
  if (names.callsEval) {
    refuse(path, "function", "It calls eval, which may use any variable. Use new Function, and pass what it needs.");
  }
  if (names.foreignPrivate.size > 0) {
    const list = [...names.foreignPrivate].map(name => `#${name}`).join(", ");
    refuse(
      path,
      "function",
      `It uses private members (${list}) of the class around it. Copy what it needs to a const before.`,
    );
  }
  const outer = [...names.outer].find(one => one === "super" || one === "new.target" || (one === "this" && outerThis));
  if (outer !== undefined && parsed.form !== "member") {
    refuse(
      path,
      "arrow function",
      `It uses \`${outer}\` of the code around it. Copy what it needs to a const before it, and use that: ` +
        "`const factor = this.factor`.",
    );
  }
}

export interface Edit {
  readonly start: number;
  readonly end: number;
  /** What comes instead, not longer; the rest becomes blanks. */
  readonly text: string;
}

/** Replaces parts of a text by others without moving anything. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const { start, end, text: replacement } of edits) {
    const rest = text.slice(start + replacement.length, end).replace(/[^\n\r\u2028\u2029]/g, " ");
    result = result.slice(0, start) + replacement + rest + result.slice(end);
  }
  return result;
}

/** A name that the text does not contain, `length` long at most. */
export function unusedName(text: string, wish: string, length: number): string {
  let name = wish.slice(0, length);
  for (let i = 0; text.includes(name); i++) {
    const digits = i.toString(36);
    name =
      length > digits.length ? `$${wish.slice(1, length - digits.length)}${digits}` : String.fromCodePoint(0xc0 + i);
  }
  return name;
}

/** Where the code stands in its file. */
export function positionOf(
  script: Script | undefined,
  text: string,
  location: { readonly line: number; readonly column: number } | undefined,
): { offset: number | undefined; line: number; column: number } {
  const offset = script && location && script.offsetOf(text, location.line, location.column);
  if (script && offset !== undefined) return { offset, ...script.positionOf(offset) };
  return { offset, line: location?.line ?? 0, column: 0 };
}

function attempt(parse: () => Syntax | undefined): Syntax | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
