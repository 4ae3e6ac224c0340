/** The variables that a function uses: looked up in its scopes, by reference where an `import` or an export stands behind. */
import { builtinModules } from "node:module";
import { types } from "node:util";
import { isPlatformFunction, isPlatformGlobal } from "./builtins.ts";
import type { Slot } from "./format.ts";
import { type GraphBuilder, isPrimitive } from "./graph.ts";
import type { Scope } from "./inspect.ts";
import { type Path, refuse, step } from "./path.ts";
import { referenceOfName } from "./references.ts";
import type { Script } from "./scripts.ts";
import { handleOf, refusalOf } from "./travel.ts";

export interface Surroundings {
  readonly script: Script | undefined;
  readonly scriptId: string;
  readonly scopes: readonly Scope[];
  readonly fn: Function;
  /** The function's node, which may have to share its variables with others. */
  readonly node: number;
  readonly path: Path;
}

export interface Bound {
  readonly names: string[];
  readonly slots: Slot[];
}

/** Binds the free names of a function. What is bound nowhere is a global of the platform, or missing here as there. */
export function bindNames(builder: GraphBuilder, free: ReadonlyMap<string, boolean>, around: Surroundings): Bound {
  const bound: Bound = { names: [], slots: [] };
  for (const [name, assigned] of free) {
    const scope = around.scopes.find(one =>
      one.kind === "global" ? name in one.variables : Object.hasOwn(one.variables, name),
    );
    if (scope === undefined || (scope.kind === "global" && isPlatformGlobal(scope.variables, name))) continue;
    const slot = slotOf(builder, name, scope, around);
    bound.names.push(name);
    bound.slots.push(slot);
    const { node, fn, scriptId, scopes } = around;
    builder.variables.push({ node, fn, name, scope, depth: scopes.indexOf(scope), scriptId, assigned, slot });
  }
  return bound;
}

function slotOf(builder: GraphBuilder, name: string, scope: Scope, around: Surroundings): Slot {
  const { script, path } = around;
  const at = step(path, name);
  if (scope.kind === "global" && builtinModules.includes(name) && isLazy(scope, name)) {
    // `fs` in the shell
    const module = builder.module({ specifier: `node:${name}`, from: undefined, attributes: undefined });
    return builder.add({ kind: "import", module, path: ["default"] });
  }
  const value = read(scope, name, at);
  if (isRequire(value)) return builder.slotAs(value, { kind: "require", from: script?.url ?? "" });
  const reference = script && referenceOfName(script, scope, name);
  if (reference === undefined || travelsByItself(value)) return builder.slot(value, at);
  return builder.slotAs(value, {
    kind: "import",
    module: builder.module(reference.module),
    path: reference.path,
  });
}

function read(scope: Scope, name: string, path: Path): unknown {
  try {
    return scope.variables[name];
  } catch {
    return refuse(
      path,
      "not initialised",
      `The variable \`${name}\` has no value yet where the function is captured. Declare it before the function is used.`,
    );
  }
}

function isLazy(scope: Scope, name: string): boolean {
  return Object.getOwnPropertyDescriptor(scope.variables, name)?.get !== undefined;
}

/** A CommonJS `require`, each module's own. */
function isRequire(value: unknown): value is Function {
  return (
    typeof value === "function" &&
    "resolve" in value &&
    "cache" in value &&
    value.name === "require" &&
    isPlatformFunction(value)
  );
}

/** Contexts and handles say themselves how they travel, wherever they were imported from. */
function travelsByItself(value: unknown): boolean {
  if (isPrimitive(value) || typeof value === "symbol" || types.isProxy(value) || types.isModuleNamespaceObject(value))
    return false;
  return handleOf(value as object) !== undefined || refusalOf(value as object) !== undefined;
}
