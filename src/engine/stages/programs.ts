/**
 * Stage programs by content: equal ones have one id, so that later batches find their loops in the workers. The least
 * recently used are forgotten beyond a bound, here and in the workers, and with them the functions nobody else names.
 */
import type { Fn } from "../../plan/plan.ts";
import type { Layout } from "./layout.ts";
import { type NameFunction, type Purpose, flatten } from "./flatten.ts";
import type { Functions, NamedFunction } from "./functions.ts";
import type { FlatProgram, FnId } from "./protocol.ts";

export interface Program {
  readonly flat: FlatProgram;
  readonly functions: readonly NamedFunction[];
  /** How many stages are using it now; such a program is not forgotten. */
  pins: number;
}

/** How many programs are remembered when no stage uses them. */
export const rememberedPrograms = 256;

export interface Forgotten {
  readonly programs: readonly number[];
  readonly functions: readonly FnId[];
}

export class Programs {
  /** In order of last use. */
  readonly #byContent = new Map<string, Program>();
  readonly #functions: Functions;
  readonly #forget: (forgotten: Forgotten) => void;
  #lastId = 0;

  /**
   * @param forget tells the workers
   */
  constructor(functions: Functions, forget: (forgotten: Forgotten) => void) {
    this.#functions = functions;
    this.#forget = forget;
  }

  get size(): number {
    return this.#byContent.size;
  }

  /**
   * The program of a stage, pinned until `unpin`.
   *
   * @throws DSTREAMS_CLOSURE when a function cannot travel
   */
  pin(layout: Layout, purpose: Purpose): Program {
    const named = new Map<FnId, NamedFunction>();
    const name: NameFunction = (fn: Fn, site) => {
      const found = this.#functions.name(fn, site);
      named.set(found.id, found);
      return found.id;
    };
    try {
      return this.#pin(flatten(layout, purpose, name), [...named.values()]);
    } finally {
      for (const each of named.values()) this.#functions.discard(each);
    }
  }

  #pin({ nodes, sink }: Omit<FlatProgram, "programId">, functions: readonly NamedFunction[]): Program {
    const content = JSON.stringify([nodes, sink], (_, value) => (value instanceof Uint8Array ? [...value] : value));
    let program = this.#byContent.get(content);
    if (program === undefined) {
      program = { flat: { programId: ++this.#lastId, nodes, sink }, functions, pins: 0 };
      for (const each of program.functions) this.#functions.retain(each);
    }
    program.pins++;
    this.#byContent.delete(content);
    this.#byContent.set(content, program);
    this.#trim();
    return program;
  }

  unpin(program: Program): void {
    program.pins--;
  }

  #trim(): void {
    if (this.#byContent.size <= rememberedPrograms) return;
    const programs: number[] = [];
    const functions: FnId[] = [];
    for (const [content, program] of this.#byContent) {
      if (this.#byContent.size <= rememberedPrograms) break;
      if (program.pins > 0) continue;
      this.#byContent.delete(content);
      programs.push(program.flat.programId);
      for (const each of program.functions) if (this.#functions.release(each)) functions.push(each.id);
    }
    if (programs.length > 0) this.#forget({ programs, functions });
  }
}
