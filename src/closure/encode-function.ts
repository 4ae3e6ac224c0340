/** Functions as nodes: by name, by reference, as a recipe, bound, or by value with the variables they use. */
import { checkNames, type Edit, edited, parseCode, positionOf, unusedName } from "./code.ts";
import { encodeClass } from "./encode-class.ts";
import { dressed, encodePlatform, encodeSpoken, ownOf } from "./encode-object.ts";
import type { Node, Slot } from "./format.ts";
import { namesOf } from "./free-names.ts";
import type { GraphBuilder } from "./graph.ts";
import { type Origin, originOf } from "./origin.ts";
import { type Path, refuse, step } from "./path.ts";
import { recipeOf } from "./portable.ts";
import { urlModule } from "./references.ts";
import { childOf } from "./syntax.ts";
import { bindNames } from "./variables.ts";

export function encodeFunction(builder: GraphBuilder, fn: Function, path: Path, node: number): Node {
  const recipe = recipeOf(fn);
  if (recipe) {
    const args = recipe.args.map((arg, i) => builder.slot(arg, step(path, argumentLabel(arg, i))));
    return { kind: "portable", module: builder.module(urlModule(recipe.url)), name: recipe.exportName, args };
  }
  const spoken = encodeSpoken(fn, path);
  if (spoken) return spoken;
  const origin = originOf(fn);
  switch (origin.kind) {
    case "platform":
      return encodePlatform(builder, fn) ?? refuseNative(fn, path);
    case "reference":
      return { kind: "import", module: builder.module(origin.reference.module), path: origin.reference.path };
    case "bound":
      return encodePlatform(builder, fn) ?? encodeBound(builder, fn, origin, path);
    case "value":
      return origin.isClass
        ? encodeClass(builder, fn, origin, path, node)
        : encodeByValue(builder, fn, origin, path, node);
  }
}

function refuseNative(fn: Function, path: Path): never {
  return refuse(
    path,
    `native function ${fn.name}`.trim(),
    "It is part of this process and has no name under which a worker could find it. Wrap what it does into a function.",
  );
}

function encodeBound(builder: GraphBuilder, fn: Function, origin: Origin & { kind: "bound" }, path: Path): Node {
  const { target, self, args } = origin.inspected.bound ?? { target: fn, self: undefined, args: [] };
  return {
    kind: "bound",
    target: builder.slot(target, step(path, target.name || "bound function")),
    self: builder.slot(self, step(path, "this")),
    args: args.map((arg, i) => builder.slot(arg, step(path, argumentLabel(arg, i)))),
    ...dressed(ownOf(builder, fn, path, Function.prototype, isImplied)),
  };
}

function encodeByValue(
  builder: GraphBuilder,
  fn: Function,
  origin: Origin & { kind: "value" },
  path: Path,
  node: number,
): Node {
  const { inspected, script, text } = origin;
  const { offset, line, column } = positionOf(script, text, inspected.location);
  const strict = isStrict(fn, text, script?.isStrict ?? false);
  const parsed = parseCode(text, offset !== undefined && script?.declaresFunctionAt(offset) === true, strict, path);
  const names = namesOf(parsed.syntax, strict);
  checkNames(names, parsed, offset !== undefined && script?.hasOuterThis(offset) === true, path);

  const edits: Edit[] = [];
  const replace = (syntax: { start: number; end: number }, replacement: string): void => {
    edits.push({ start: syntax.start - parsed.base, end: syntax.end - parsed.base, text: replacement });
  };
  const importMeta = names.importMeta.length > 0 ? unusedName(text, "$importMeta", 11) : undefined;
  for (const syntax of names.importMeta) replace(syntax, importMeta ?? "");
  const free = new Map(names.free);
  const outerArguments = free.delete("arguments") ? unusedName(text, "$argument", 9) : undefined;
  for (const syntax of names.outerArguments) replace(syntax, outerArguments ?? "");
  if (parsed.computedKey) {
    // `[key]`: the brackets go too; the name is set again when the function has been made
    const { start, end } = parsed.computedKey;
    const open = text.lastIndexOf("[", start - parsed.base - 1);
    edits.push({ start: open, end: text.indexOf("]", end - parsed.base) + 1, text: "$" });
  }

  const around = { script, scriptId: inspected.location?.scriptId ?? "", scopes: inspected.scopes, fn, node, path };
  const bound = bindNames(builder, free, around);
  if (outerArguments !== undefined) {
    const scoped = bindNames(builder, new Map([["arguments", false]]), around);
    bound.names.push(outerArguments);
    bound.slots.push(scoped.slots[0]);
  }
  const home = names.usesSuper && parsed.form === "member" ? homeOf(builder, fn, path) : undefined;
  return {
    kind: "function",
    code: {
      source: edited(text, edits),
      form: parsed.form,
      ...(parsed.form === "declaration" && { binding: String(childOf(parsed.syntax, "id")["name"]) }),
      file: script?.url ?? "",
      line,
      column,
      strict,
      name: nameOf(fn),
      ...bound,
      ...(importMeta !== undefined && { importMeta }),
      ...(home !== undefined && { home }),
    },
    ...dressed(ownOf(builder, fn, path, Function.prototype, key => isImplied(key) || hasDefault(fn, key))),
  };
}

/** Ordinary functions show it by the properties they have; of others (arrows, methods, async ones) the script decides. */
function isStrict(fn: Function, text: string, script: boolean): boolean {
  return /^function\s*[^\s*]/.test(text) ? !Object.hasOwn(fn, "arguments") : script;
}

function homeOf(builder: GraphBuilder, fn: Function, path: Path): Slot {
  const home = builder.homes.get(fn);
  if (home === undefined) {
    refuse(
      path,
      "method",
      "It uses `super` and was taken from its object. Capture the object, and call the method on it.",
    );
  }
  return builder.slot(home, step(path, "super"));
}

function nameOf(fn: Function): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return typeof name === "string" ? name : "";
}

/** Properties every function has. */
function isImplied(key: string | symbol): boolean {
  return key === "name" || key === "length" || key === "arguments" || key === "caller";
}

/** The `prototype` that came with the function, when nobody has put anything there. */
function hasDefault(fn: Function, key: string | symbol): boolean {
  if (key !== "prototype") return false;
  const prototype = fn.prototype as object;
  const keys = Reflect.ownKeys(prototype);
  if (keys.length > 1 || (keys.length === 1 && keys[0] !== "constructor")) return false;
  const parent = Object.getPrototypeOf(prototype) as object;
  return keys.length === 0 || (prototype.constructor === fn && Object.getPrototypeOf(parent) === null);
}

function argumentLabel(arg: unknown, position: number): string {
  return typeof arg === "function" && arg.name !== "" ? arg.name : `argument ${position + 1}`;
}
