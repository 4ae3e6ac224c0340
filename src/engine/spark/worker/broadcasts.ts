import { readFileSync } from "node:fs";
import type { BroadcastChanges } from "./header.ts";
import { type BroadcastTable, TaskFailed } from "./task.ts";

/** The broadcast values of one connection. A value is read when it is first used, and kept until the driver takes it back. */
export class Broadcasts implements BroadcastTable {
  readonly #paths = new Map<number, string>();
  readonly #values = new Map<number, Buffer>();

  apply({ removed, added }: BroadcastChanges): void {
    for (const id of removed) this.#forget(id);
    for (const { id, path } of added) {
      this.#forget(id);
      this.#paths.set(id, path);
    }
  }

  has(id: number): boolean {
    return this.#paths.has(id);
  }

  get(id: number): Buffer {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const path = this.#paths.get(id);
    if (path === undefined) throw new TaskFailed(`The executor has no broadcast variable ${id}.`);
    const value = readFileSync(path);
    this.#values.set(id, value);
    return value;
  }

  #forget(id: number): void {
    this.#paths.delete(id);
    this.#values.delete(id);
  }
}
