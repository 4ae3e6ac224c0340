/** TypeScript to JavaScript, by Node's own type stripper: types become blanks, so positions stay. */
import { stripTypeScriptTypes } from "node:module";

/** Thrown when the text is only the beginning of something. */
export class Incomplete extends Error {}

/**
 * The JavaScript of some lines of TypeScript.
 *
 * @throws Incomplete when more lines may make it right; SyntaxError when nothing can
 */
export function toJavaScript(source: string): string {
  try {
    return stripTypeScriptTypes(`${source}\n`);
  } catch (error) {
    if (error instanceof SyntaxError && endsTooEarly(error)) throw new Incomplete();
    throw error;
  }
}

/**
 * The stripper does not say so outright: it names the end of the file, or an unclosed literal, or shows no place in the text
 * (a caret below the line) since the place is behind it.
 */
function endsTooEarly(error: SyntaxError): boolean {
  if (/got '<eof>'|Unexpected (?:eof|token `<eof>`)|Unterminated (?:template|block comment)/.test(error.message))
    return true;
  const excerpt = (error.stack ?? "").split("\n\n")[0] ?? "";
  return error.message === "Expression expected" && !/^ *\^+$/m.test(excerpt);
}
