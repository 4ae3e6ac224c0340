/** Private members of classes: invisible from outside, so that instances having them cannot be copied. */
import { childOf, listOf, parseSource } from "./syntax.ts";

const found = new WeakMap<Function, readonly string[]>();

/** The private names (`#x`) that instances of a class carry. Empty for functions that are no classes. */
export function privateNamesOf(constructor: Function): readonly string[] {
  let names = found.get(constructor);
  if (names === undefined) {
    names = read(Function.prototype.toString.call(constructor));
    found.set(constructor, names);
  }
  return names;
}

function read(source: string): readonly string[] {
  if (!source.startsWith("class") || !source.includes("#")) return [];
  const program = parseSource(`(${source}\n)`, true);
  const body = childOf(childOf(listOf(program, "body")[0] as never, "expression"), "body");
  return listOf(body, "body")
    .filter(member => member.type !== "StaticBlock" && member["static"] !== true)
    .map(member => childOf(member, "key"))
    .filter(key => key.type === "PrivateIdentifier")
    .map(key => `#${String(key["name"])}`);
}
