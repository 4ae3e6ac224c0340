/** Makes the loops of a program: generated where the process allows it. */
import type { Emitter, FusedStep, Loop, NumberLoop, Tail, TailText } from "./fused.ts";
import { generateLoop } from "./generate.ts";
import { interpretLoop } from "./interpret.ts";

/** The most steps in one function: beyond that compilers give up on it. */
export const longestLoop = 64;

/** Records per chunk that an emitter hands on. */
export const emitSize = 4096;

/** A loop that ends in a tail. `id` only names the generated code in stacks and profiles. */
export function makeLoop<S>(id: number, steps: readonly FusedStep[], tail: Tail<S>): Loop<S> {
  if (!canGenerate()) return interpretLoop(steps, tail);
  return generateLoop(id, steps, tail.site, tail.text, "chunk") as Loop<S>;
}

/** The same loop over evenly spaced numbers, which it counts itself; undefined where code cannot be generated. */
export function makeNumberLoop<S>(id: number, steps: readonly FusedStep[], tail: Tail<S>): NumberLoop<S> | undefined {
  if (!canGenerate()) return undefined;
  return generateLoop(id, steps, tail.site, tail.text, "numbers") as unknown as NumberLoop<S>;
}

/** A loop whose records go on as chunks. */
export function makeEmitter(id: number, steps: readonly FusedStep[]): Emitter {
  if (canGenerate()) return generateLoop(id, steps, "", emitText, "emitter") as unknown as Emitter;
  const loop = interpretLoop(steps, { site: "", start: () => [], accept: collect, text: emitText });
  return chunk => {
    const out: unknown[] = [];
    loop(chunk, out);
    return [out];
  };
}

function collect(out: unknown[], record: unknown): boolean {
  out.push(record);
  return true;
}

const emitText: TailText = {
  names: {},
  before: ["let out = [];"],
  record: record => [`if (out.push(${record}) === ${emitSize}) {`, "  yield out;", "  out = [];", "}"],
  after: ["if (out.length > 0) yield out;"],
};

let generates: boolean | undefined;

/** False under --disallow-code-generation-from-strings. */
export function canGenerate(): boolean {
  if (generates === undefined) {
    try {
      generates = new Function("return true")() === true;
    } catch {
      generates = false;
    }
  }
  return generates;
}

/** For tests: whether to generate code from now on; undefined: as the process allows. */
export function setGenerate(allowed: boolean | undefined): void {
  generates = allowed;
}
