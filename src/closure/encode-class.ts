/**
 * Classes by value. A class is defined once in a worker, from a graph of its own, and named by its id everywhere else: so
 * two functions that make or test instances of it mean the same class, and records can be instances too.
 *
 *     closure graph            definition graph (sent before)
 *     class c1  ──────────▶    class c1  source, heritage, statics
 *                              class c2  … met on the way for the first time
 *
 * What happened when the class was first evaluated must not happen again: initialisers of static fields and static blocks
 * are blanked out of the source, and the values that static properties have now are set instead.
 */
import { addDefinition, nextClassId, registerClass, registeredId } from "./class-registry.ts";
import { checkNames, type Edit, edited, parseCode, positionOf, unusedName } from "./code.ts";
import { dressed, ownOf } from "./encode-object.ts";
import { type Node, packGraph } from "./format.ts";
import { namesOf } from "./free-names.ts";
import { GraphBuilder } from "./graph.ts";
import { isInWorker } from "./main-script.ts";
import type { Origin } from "./origin.ts";
import { type Path, refuse, step } from "./path.ts";
import { shareVariables } from "./sharing.ts";
import { childOf, listOf, optionalChildOf, type Syntax } from "./syntax.ts";
import { bindNames } from "./variables.ts";

type ByValue = Origin & { kind: "value" };

export function encodeClass(builder: GraphBuilder, type: Function, origin: ByValue, path: Path, node: number): Node {
  const known = registeredId(type);
  if (known !== undefined) return { kind: "class", id: known };
  if (builder.definitions === undefined) return { kind: "class", id: defineForOthers(builder, type, path) };
  const id = nextClassId();
  builder.definitions.set(type, id);
  return describe(builder, type, origin, path, node, id);
}

/** Captures a class and all it needs; nothing is registered when something in it cannot travel. */
function defineForOthers(builder: GraphBuilder, type: Function, path: Path): string {
  if (isInWorker()) {
    refuse(
      path,
      `class ${type.name}`,
      "It was made in a worker, and is not known to the driver. Declare it at the top of a file.",
    );
  }
  const met = new Map<Function, string>();
  const definition = new GraphBuilder(builder.encode, met);
  const graph = definition.finish(definition.slot(type, path));
  shareVariables(definition);
  const id = met.get(type) ?? "";
  addDefinition({ id, bytes: packGraph(graph) });
  for (const [each, eachId] of met) registerClass(eachId, each);
  return id;
}

function describe(
  builder: GraphBuilder,
  type: Function,
  { inspected, script, text }: ByValue,
  path: Path,
  node: number,
  id: string,
): Node {
  const { line, column } = positionOf(script, text, inspected.location);
  const written = parseCode(text, false, true, path);
  const members = listOf(childOf(written.syntax, "body"), "body");
  const heritage = readHeritage(written.syntax, text);
  const edits = [...blankStatics(members), ...heritage.edits].map(edit => ({
    ...edit,
    start: edit.start - written.base,
    end: edit.end - written.base,
  }));

  const remaining = parseCode(edited(text, edits), false, true, path);
  const names = namesOf(remaining.syntax, true);
  checkNames(names, remaining, true, path);
  const importMeta = names.importMeta.length > 0 ? unusedName(text, "$importMeta", 11) : undefined;
  const metaEdits = names.importMeta.map(({ start, end }) => ({
    start: start - remaining.base,
    end: end - remaining.base,
    text: importMeta ?? "",
  }));

  const free = new Map(names.free);
  if (heritage.name !== undefined) free.delete(heritage.name);
  const scriptId = inspected.location?.scriptId ?? "";
  const bound = bindNames(builder, free, { script, scriptId, scopes: inspected.scopes, fn: type, node, path });
  const isStatic = declaredMembers(members, true, text);
  const isInstance = declaredMembers(members, false, text);
  const statics = ownOf(
    builder,
    type,
    path,
    Object.getPrototypeOf(type) as object,
    key => key === "name" || key === "length" || key === "prototype" || isStatic(type, key),
  );
  const prototype = type.prototype as object;
  const extras = ownOf(
    builder,
    prototype,
    step(path, "prototype"),
    Object.getPrototypeOf(prototype) as object,
    key => key === "constructor" || isInstance(prototype, key),
  );
  const { own: prototypeOwn } = dressed(extras);
  return {
    kind: "class",
    id,
    code: {
      source: edited(remaining.text, metaEdits),
      form: "class",
      file: script?.url ?? "",
      line,
      column,
      strict: true,
      name: type.name,
      ...bound,
      ...(importMeta !== undefined && { importMeta }),
    },
    ...(heritage.name !== undefined && {
      heritageName: heritage.name,
      heritage: builder.slot(Object.getPrototypeOf(type), step(path, "extends")),
    }),
    ...dressed(statics),
    ...(prototypeOwn && { prototypeOwn }),
  };
}

/** The class after `extends` is known; whatever expression stands there becomes a name for it. */
function readHeritage(syntax: Syntax, text: string): { name: string | undefined; edits: Edit[] } {
  const heritage = optionalChildOf(syntax, "superClass");
  if (heritage === undefined || heritage.type === "Literal") return { name: undefined, edits: [] };
  if (heritage.type === "Identifier") return { name: heritage["name"] as string, edits: [] };
  const name = unusedName(text, "$super", Math.min(6, heritage.end - heritage.start));
  return { name, edits: [{ start: heritage.start, end: heritage.end, text: name }] };
}

/** Static blocks and public static fields go; a semicolon stays, lest the lines around them become one. */
function blankStatics(members: readonly Syntax[]): Edit[] {
  return members
    .filter(member => member.type === "StaticBlock" || (isStaticField(member) && !isPrivate(member)))
    .map(({ start, end }) => ({ start, end, text: ";" }));
}

function isStaticField(member: Syntax): boolean {
  return member.type === "PropertyDefinition" && member["static"] === true;
}

function isPrivate(member: Syntax): boolean {
  return childOf(member, "key").type === "PrivateIdentifier";
}

/** Tells properties that come from the class's own source from those added or replaced later. */
function declaredMembers(
  members: readonly Syntax[],
  onClass: boolean,
  text: string,
): (owner: object, key: string | symbol) => boolean {
  const methods = members.filter(
    member => member.type === "MethodDefinition" && (member["static"] === true) === onClass,
  );
  const nameOf = (member: Syntax): string => String(childOf(member, "key")["name"] ?? childOf(member, "key")["value"]);
  const fields = new Set(members.filter(isStaticField).map(nameOf));
  const names = new Set<string>();
  let computed = false;
  for (const method of methods) {
    if (method["computed"] === true) computed = true;
    else names.add(nameOf(method));
  }
  return (owner, key) => {
    const named = typeof key === "string" && names.has(key);
    const field = onClass && typeof key === "string" && fields.has(key);
    if (!named && (!computed || field)) return false;
    const { value, get, set } = Object.getOwnPropertyDescriptor(owner, key) ?? {};
    const member: unknown = value ?? get ?? set;
    return typeof member === "function" && text.includes(Function.prototype.toString.call(member));
  };
}
