/**
 * Recognises the beginning of a word count, whose words can then be counted as bytes (`word-loop.ts`):
 *
 *     lines.flatMap(line => line.split(" ")).map(word => [word, 1])
 *
 * Only arrow functions of exactly this text are recognised: any names, any one-character ASCII separator, any plain literal, with or
 * without parentheses and braces. They have no free names, so their text says all that they do, given that
 * `String.prototype.split` is the language's own. A function of any other text is simply called.
 */
import type { FusedStep } from "./fused.ts";

export interface WordPattern {
  /** The character code between words. */
  readonly separator: number;
  /** What every word is paired with. */
  readonly value: unknown;
}

const originalSplit = String.prototype.split;
const sourceOf = Function.prototype.toString;

const splitting = arrow(String.raw`\1\s*\.\s*split\s*\(\s*(?:"([^"\\]|\\t)"|'([^'\\]|\\t)')\s*\)`);
const pairing = arrow(String.raw`\[\s*\1\s*,\s*(?:-?\d+(?:\.\d+)?n?|"[^"\\]*"|'[^'\\]*'|true|false|null)\s*\]`);

/** Matches the source of an arrow function of one parameter, `\1`, that returns `body`: source is valid, so parentheses pair up. */
function arrow(body: string): RegExp {
  // no line may end behind `return`: the statement would end with it
  return new RegExp(
    String.raw`^\(?\s*([A-Za-z_$][\w$]*)\s*\)?\s*=>\s*(?:\(?\s*${body}\s*\)?|\{\s*return[ \t]+${body}\s*;?\s*\})$`,
  );
}

/** What the steps do to a line, if it is just what is told above. */
export function wordPattern(steps: readonly FusedStep[]): WordPattern | undefined {
  const [first, second] = steps;
  if (!recognizes || steps.length !== 2 || first?.op !== "flatMap" || second?.op !== "map") return undefined;
  const match = splitting.exec(sourceOf.call(first.fn));
  if (match === null || !pairing.test(sourceOf.call(second.fn))) return undefined;
  const text = match.slice(2).find(group => group !== undefined) ?? "";
  const separator = text === "\\t" ? 9 : text.charCodeAt(0);
  return separator < 128 ? { separator, value: (second.fn("") as [string, unknown])[1] } : undefined;
}

/** False when somebody has changed what `split` does; asked anew for every task. */
export function splitIsUntouched(): boolean {
  return String.prototype.split === originalSplit && !(Symbol.split in String.prototype);
}

let recognizes = true;

/** For tests: whether to recognise anything from now on. */
export function setRecognize(allowed: boolean): void {
  recognizes = allowed;
}
