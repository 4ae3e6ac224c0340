/**
 * Compiles captured source at the file, line and column where the user wrote it, so that stack traces and breakpoints
 * show the user's own lines. What is in front of the source on its first line is taken off the column.
 *
 *     parameters: the names the code expects        (unset at first: what they refer to may not exist yet)
 *     "use strict";return[ SOURCE
 *     , function () { [a, b] = arguments[0] }]      sets them later
 *
 * Variables shared with other functions are properties of an object, `with` makes them names:
 *
 *     with(arguments[0])return function(a,b){"use strict";return[ SOURCE …]}()
 */
import type { Code } from "./format.ts";
import { compileIn } from "./loader.ts";

export interface Compiled {
  /** The function or class; for a method, the object it is a member of. */
  readonly value: unknown;
  /** Gives the code's names their values, in the order of `parametersOf`. */
  readonly bind: (values: readonly unknown[]) => void;
}

/** The names a code's values are bound to: its variables, then `import.meta`, then the class after `extends`. */
export function parametersOf(code: Code, heritageName?: string): string[] {
  const extra = [code.importMeta, heritageName].filter(name => name !== undefined);
  return [...code.names, ...extra];
}

/**
 * @param initial values needed while the code is evaluated (classes), undefined for those that come later
 * @param shared an object with the shared variables as properties
 */
export function compile(
  code: Code,
  parameters: readonly string[],
  initial: readonly unknown[],
  shared: object | undefined,
): Compiled {
  const [before, after] = frame(code);
  const bind = `function(){[${parameters.join(",")}]=arguments[0]}`;
  const directive = code.strict ? '"use strict";' : "";
  const prefix = shared
    ? `with(arguments[0])return function(${parameters.join(",")}){${directive}${before}`
    : directive + before;
  const suffix = `${after},${bind}]${shared ? "}(...arguments[1])" : ""}`;
  const make = compileIn(`${prefix}${code.source}\n${suffix}`, shared ? [] : parameters, {
    filename: code.file === "" ? "captured function" : code.file,
    lineOffset: code.line,
    columnOffset: code.column - prefix.length,
  });
  const [value, bound] = (shared ? make(shared, initial) : make(...initial)) as [unknown, Compiled["bind"]];
  return { value, bind: bound };
}

/** What stands around the source to make an array of its value. */
function frame(code: Code): readonly [string, string] {
  switch (code.form) {
    case "declaration":
      return ["", `;return[${code.binding ?? ""}`];
    case "member":
      return ["return[{", "}"];
    default:
      return ["return[", ""];
  }
}

/** The function made by a member: method, getter or setter. */
export function memberOf(holder: object): Function {
  const [key] = Reflect.ownKeys(holder);
  const property = Object.getOwnPropertyDescriptor(holder, key ?? "") ?? {};
  return (property.value ?? property.get ?? property.set) as Function;
}
