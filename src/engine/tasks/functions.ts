/** The functions that the driver has sent, restored when a program first needs them. */
import { defineClass } from "../../closure/classes.ts";
import { restore } from "../../closure/restore.ts";
import type { Fn } from "../../plan/plan.ts";
import type { FnId } from "../stages/protocol.ts";
import type { Handles } from "./handles.ts";

export class Functions {
  readonly #handles: Handles;
  readonly #bytes = new Map<FnId, Uint8Array>();
  readonly #restored = new Map<FnId, Fn>();
  #classes: Uint8Array[] = [];

  constructor(handles: Handles) {
    this.#handles = handles;
  }

  define(
    functions: readonly { readonly id: FnId; readonly bytes: Uint8Array }[],
    classes: readonly { readonly bytes: Uint8Array }[],
  ): void {
    for (const { id, bytes } of functions) this.#bytes.set(id, bytes);
    for (const { bytes } of classes) this.#classes.push(bytes);
  }

  forget(ids: readonly FnId[]): void {
    for (const id of ids) {
      this.#bytes.delete(id);
      this.#restored.delete(id);
    }
  }

  /** Defines the classes that have come since the last call; undefined when there are none. */
  defineClasses(): Promise<void> | undefined {
    if (this.#classes.length === 0) return undefined;
    const classes = this.#classes;
    this.#classes = [];
    return (async () => {
      for (const bytes of classes) await defineClass(bytes, this.#handles);
    })();
  }

  /** Restores those functions that are not yet. */
  async prepare(ids: Iterable<FnId>): Promise<void> {
    for (const id of ids) {
      if (this.#restored.has(id)) continue;
      const bytes = this.#bytes.get(id);
      if (bytes === undefined) throw new RangeError(`function ${id} was not sent`);
      this.#restored.set(id, (await restore(bytes, this.#handles)) as Fn);
    }
  }

  /** A function that has been prepared. */
  get(id: FnId): Fn {
    const fn = this.#restored.get(id);
    if (fn === undefined) throw new RangeError(`function ${id} was not restored`);
    return fn;
  }
}
