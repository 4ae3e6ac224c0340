/**
 * Makes lines of a module into a script that a shell can run, statement by statement:
 *
 *     import { readFile } from "node:fs/promises"      let readFile;  ({ readFile: readFile } = await import("node:…"))
 *     const n = await rdd.count()                      let n;         (async () => { n = await rdd.count() })()
 *     function twice(x) { … }                          let twice;     twice = function twice(x) { … }
 *     n + 1                                            the value of the line
 *
 * All that is declared becomes a top-level `let` of its own, made once and assigned from then on. So a line can be typed
 * again, `await` may stand anywhere, and functions capture the variables of earlier lines as they do in a program.
 */
import { parse } from "acorn";
import type { AnyNode, Pattern, Program } from "acorn";

export interface Rewritten {
  /** Names that the lines declare. */
  readonly names: readonly string[];
  /** The statements: a script, whose completion value is the value of the lines. */
  readonly code: string;
  /** True when the code must be the body of an async function; then it returns the value. */
  readonly isAsync: boolean;
}

/** @throws SyntaxError when the source is no JavaScript */
export function rewrite(source: string): Rewritten {
  const program: Program = parse(source, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
  const isAsync = program.body.some(hasAwait);
  const names = new Set<string>();
  const hoisted: string[] = [];
  const rest: string[] = [];
  for (const [index, statement] of program.body.entries()) {
    const text = source.slice(statement.start, statement.end);
    const isLast = index === program.body.length - 1;
    const isFunction = statement.type === "FunctionDeclaration";
    (isFunction ? hoisted : rest).push(rewriteStatement(statement, text, source, names, isAsync && isLast));
  }
  return { names: [...names], code: [...hoisted, ...rest].join("\n"), isAsync };
}

function rewriteStatement(
  node: AnyNode,
  text: string,
  source: string,
  names: Set<string>,
  returnsValue: boolean,
): string {
  switch (node.type) {
    case "ImportDeclaration":
      return rewriteImport(node, names);
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
    case "ExportAllDeclaration":
      throw new SyntaxError("A shell exports nothing; leave 'export' out");
    case "FunctionDeclaration":
    case "ClassDeclaration": {
      const name = node.id?.name ?? "";
      names.add(name);
      // `void` keeps the declaration from being the value of the line, as in any REPL.
      return `void (${name} = ${text});`;
    }
    case "VariableDeclaration":
      return node.declarations
        .map(({ id, init }) => {
          for (const name of namesIn(id)) names.add(name);
          const value = init == null ? "undefined" : source.slice(init.start, init.end);
          return `void (${source.slice(id.start, id.end)} = ${value});`;
        })
        .join(" ");
    case "ExpressionStatement":
      return returnsValue ? `return (${source.slice(node.expression.start, node.expression.end)});` : text;
    default:
      return text;
  }
}

function rewriteImport(node: Extract<AnyNode, { type: "ImportDeclaration" }>, names: Set<string>): string {
  const module = `await import(${JSON.stringify(node.source.value)})`;
  const parts = node.specifiers.map(specifier => {
    const local = specifier.local.name;
    names.add(local);
    if (specifier.type === "ImportNamespaceSpecifier") return `void (${local} = ${module});`;
    const imported = specifier.type === "ImportDefaultSpecifier" ? "default" : nameOf(specifier.imported);
    return `void (${local} = (${module})[${JSON.stringify(imported)}]);`;
  });
  return parts.length === 0 ? `${module};` : parts.join(" ");
}

function nameOf(node: { type: string; name?: string; value?: unknown }): string {
  return node.name ?? String(node.value);
}

/** The variables that a pattern binds. */
function namesIn(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap(p => namesIn(p.type === "RestElement" ? p.argument : p.value));
    case "ArrayPattern":
      return pattern.elements.flatMap(element => (element === null ? [] : namesIn(element)));
    case "RestElement":
      return namesIn(pattern.argument);
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "MemberExpression":
      return [];
  }
}

/** True when the node waits outside of any function of its own; imports wait by what they become. */
function hasAwait(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasAwait);
  if (typeof node !== "object" || node === null || !("type" in node)) return false;
  const { type } = node;
  if (type === "AwaitExpression" || type === "ImportDeclaration") return true;
  if (type === "ForOfStatement" && "await" in node && node.await === true) return true;
  if (typeof type === "string" && /Function/.test(type)) return false;
  return Object.values(node).some(hasAwait);
}
