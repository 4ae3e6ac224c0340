/**
 * The classes of this thread that have ids: defined here by value (`c12`, with the bytes that define them elsewhere), or
 * exports of modules (`file:///app/model.ts#Point`).
 */
export interface ClassDefinition {
  /** The class it was made for; the bytes may define others that belong to it. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

const ids = new WeakMap<Function, string>();
const classes = new Map<string, Function>();
const definitions: ClassDefinition[] = [];
let last = 0;

export function registeredId(constructor: Function): string | undefined {
  return ids.get(constructor);
}

export function registeredClass(id: string): Function | undefined {
  return classes.get(id);
}

export function registerClass(id: string, constructor: Function): void {
  ids.set(constructor, id);
  classes.set(id, constructor);
}

/** A fresh id for a class that travels by value. Only the driver gives them out; there is one counter. */
export function nextClassId(): string {
  return `c${++last}`;
}

export function addDefinition(definition: ClassDefinition): void {
  definitions.push(definition);
}

export function definitionsSince(since: number): ClassDefinition[] {
  return definitions.slice(since);
}
