/**
 * Writes the text of a fused loop and compiles it. For `lines.flatMap(f0).map(f1)` into a table it writes, in essence:
 *
 *     for (let i0 = 0; i0 < chunk.length; i0++) {
 *       const r0 = chunk[i0];
 *       let at0 = 0, b1, q1;                             // at: the step that runs; b: an array, q: an iterator being read
 *       try {
 *         b1 = f0(r0);                                   // flatMap at wordcount.ts:7
 *         if (!isArray(b1)) b1 = (q1 = new Batches(b1)).next();
 *         while (b1 !== undefined) {
 *           for (let i1 = 0; i1 < b1.length; i1++) {
 *             const r1 = b1[i1];
 *             let at1 = 1, k2, v2;
 *             try {
 *               const r2 = f1(r1);                       // map at wordcount.ts:8
 *               if (!isArray(r2)) notPair(r2);
 *               k2 = r2[0]; v2 = r2[1];
 *               at1 = 2;
 *               …the tail's text, with k2 and v2…
 *             } catch (e) { throw fail(e, at1, at1 === 1 ? r1 : [k2, v2]); }
 *           }
 *           …
 *       } catch (e) { throw fail(e, at0, r0); } finally { if (q1 !== undefined) q1.close(); }
 *     }
 *
 * Why it looks so. User functions are parameters of the factory that the text is wrapped in: each is called at one place, which
 * sees it alone and inlines it. A `try` costs nothing until something is thrown; assignments of constants to `at` cost
 * nothing in optimised code. A pair that goes straight into a table is taken apart at once and not mentioned in a `catch`, so V8
 * never makes it. Every level of nesting has its own `try`, so no variable outlives one turn of its loop. Nothing of the
 * user's text or data is in the text: sites are comments, reduced to harmless characters.
 */
import { blame } from "./failures.ts";
import type { FusedStep, Loop, TailText } from "./fused.ts";
import { Batches } from "./results.ts";

/** What flows from step to step: a variable with the record, two with the parts of a pair, or all three. */
interface Flow {
  readonly record?: string;
  readonly key?: string;
  readonly value?: string;
}

/**
 * What a loop runs over: a chunk; evenly spaced numbers, given as NumberRange; a chunk, as a generator, which yields what its
 * tail's text says. All but generators return false when they want no more.
 */
export type LoopKind = "chunk" | "numbers" | "emitter";

/** Compiles steps and tail. */
export function generateLoop(
  id: number,
  steps: readonly FusedStep[],
  tailSite: string,
  tail: TailText,
  kind: LoopKind,
): Loop<unknown> {
  const generator = kind === "emitter";
  const loop = new LoopWriter(steps, tail, tailSite).write(kind === "numbers");
  const sites = [...steps.map(step => step.site), tailSite];
  const names: Record<string, unknown> = {
    ...tail.names,
    isArray: Array.isArray,
    Batches,
    notPair,
    fail: (error: unknown, at: number, record: unknown) => blame(error, sites[at] ?? tailSite, record),
  };
  for (const [i, step] of steps.entries()) names[`f${i}`] = step.fn;
  const body = [
    '"use strict";',
    `return function${generator ? "*" : ""} stage${id}(chunk, s) {`,
    ...indent([...(tail.before ?? []), ...loop, ...(tail.after ?? []), ...(generator ? [] : ["return true;"])]),
    "};",
    `//# sourceURL=dstreams-stage-${id}`,
  ].join("\n");
  return new Function(...Object.keys(names), body)(...Object.values(names)) as Loop<unknown>;
}

/** The error for a record that must be a pair. */
export function notPair(record: unknown): never {
  throw new TypeError(`The record must be a pair [key, value], but it is ${describe(record)}.`);
}

function describe(record: unknown): string {
  if (record === null || record === undefined) return String(record);
  return typeof record === "object" ? "an object that is no array" : `a ${typeof record}`;
}

class LoopWriter {
  readonly #steps: readonly FusedStep[];
  readonly #tail: TailText;
  readonly #tailSite: string;

  constructor(steps: readonly FusedStep[], tail: TailText, tailSite: string) {
    this.#steps = steps;
    this.#tail = tail;
    this.#tailSite = tailSite;
  }

  write(numbers: boolean): string[] {
    const wrap = (element: string): Flow => ({ record: element });
    if (!numbers) return this.#loop("i0 < chunk.length", "chunk[i0]", 0, 0, wrap);
    const loop = this.#loop("i0 < count", "first + i0 * step", 0, 0, wrap);
    return ["const { first, step, count } = chunk;", ...loop];
  }

  /** A loop over elements, which are what step `index` is given (after `wrap`). */
  #loop(until: string, value: string, level: number, index: number, wrap: (element: string) => Flow): string[] {
    const element = `r${index}`;
    const scope = new Scope(level, index);
    const body = this.#step(index, wrap(element), scope);
    return [
      `for (let i${level} = 0; ${until}; i${level}++) {`,
      `  const ${element} = ${value};`,
      ...indent(scope.wrap(body)),
      "}",
    ];
  }

  /** Step `index` and all after it. */
  #step(index: number, flow: Flow, scope: Scope): string[] {
    const step = this.#steps[index];
    if (step === undefined) return this.#end(index, flow, scope);
    const f = `f${index}`;
    const out = index + 1;
    switch (step.op) {
      case "map": {
        const given = this.#record(flow, index);
        const open = [...given.lines, ...scope.at(index, given.flow, step.site)];
        if (!this.#wantsPair(out)) {
          const result = scope.declare(`r${out}`);
          return [...open, `${result} = ${f}(${given.name});`, ...this.#step(out, { record: result }, scope)];
        }
        const [key, value] = [scope.declare(`k${out}`), scope.declare(`v${out}`)];
        const parts = takeApart(`r${out}`, key, value);
        return [...open, `const r${out} = ${f}(${given.name});`, ...parts, ...this.#step(out, { key, value }, scope)];
      }
      case "filter": {
        const given = this.#record(flow, index);
        const open = [...given.lines, ...scope.at(index, flow, step.site)];
        return [
          ...open,
          `if (!${f}(${given.name})) continue;`,
          ...this.#step(out, { ...flow, record: given.name }, scope),
        ];
      }
      case "keyBy": {
        const given = this.#record(flow, index);
        const key = scope.declare(`k${out}`);
        const open = [...given.lines, ...scope.at(index, given.flow, step.site)];
        return [...open, `${key} = ${f}(${given.name});`, ...this.#step(out, { key, value: given.name }, scope)];
      }
      case "mapValues": {
        const at = scope.at(index, flow, step.site);
        const given = this.#pair(flow, index, scope);
        const value = scope.declare(`v${out}`);
        const open = [...at, ...given.lines, `${value} = ${f}(${given.value});`];
        return [...open, ...this.#step(out, { key: given.key, value }, scope)];
      }
      case "flatMap": {
        const given = this.#record(flow, index);
        const open = [...given.lines, ...scope.at(index, given.flow, step.site)];
        return [...open, ...this.#inner(index, `${f}(${given.name})`, scope, element => ({ record: element }))];
      }
      case "flatMapValues": {
        const at = scope.at(index, flow, step.site);
        const given = this.#pair(flow, index, scope);
        const inner = this.#inner(index, `${f}(${given.value})`, scope, value => ({ key: given.key, value }));
        return [...at, ...given.lines, ...inner];
      }
    }
  }

  /** The loop over what a `flatMap` returned: an array, or batches read from any other iterable. */
  #inner(index: number, call: string, scope: Scope, wrap: (element: string) => Flow): string[] {
    const out = index + 1;
    const array = scope.declare(`b${out}`);
    const batches = scope.declare(`q${out}`);
    const i = `i${scope.level + 1}`;
    scope.closes(batches);
    return [
      `${array} = ${call};`,
      `if (!isArray(${array})) ${array} = (${batches} = new Batches(${array})).next();`,
      `while (${array} !== undefined) {`,
      ...indent(this.#loop(`${i} < ${array}.length`, `${array}[${i}]`, scope.level + 1, out, wrap)),
      `  ${array} = ${batches} === undefined ? undefined : ${batches}.next();`,
      "}",
    ];
  }

  #end(index: number, flow: Flow, scope: Scope): string[] {
    const at = scope.at(index, flow, this.#tailSite);
    if (this.#tail.pair !== undefined) {
      const given = this.#pair(flow, index, scope);
      return [...at, ...given.lines, ...this.#tail.pair(given.key, given.value)];
    }
    const given = this.#record(flow, index);
    return [...given.lines, ...at, ...(this.#tail.record?.(given.name) ?? [])];
  }

  #wantsPair(index: number): boolean {
    const step = this.#steps[index];
    if (step === undefined) return this.#tail.pair !== undefined;
    return step.op === "mapValues" || step.op === "flatMapValues";
  }

  /** The record as one variable; made of its parts if need be. */
  #record(flow: Flow, index: number): { name: string; lines: string[]; flow: Flow } {
    if (flow.record !== undefined) return { name: flow.record, lines: [], flow };
    const name = `p${index}`;
    return { name, lines: [`const ${name} = [${flow.key}, ${flow.value}];`], flow };
  }

  /** The record as two variables; taken apart if need be. */
  #pair(flow: Flow, index: number, scope: Scope): { key: string; value: string; lines: string[] } {
    if (flow.key !== undefined && flow.value !== undefined) return { key: flow.key, value: flow.value, lines: [] };
    const [key, value] = [scope.declare(`k${index}`), scope.declare(`v${index}`)];
    return { key, value, lines: takeApart(flow.record ?? "undefined", key, value) };
  }
}

function takeApart(record: string, key: string, value: string): string[] {
  return [`if (!isArray(${record})) notPair(${record});`, `${key} = ${record}[0];`, `${value} = ${record}[1];`];
}

/** The variables of one turn of one loop, and the `try` around it. */
class Scope {
  readonly level: number;
  readonly #first: number;
  readonly #names: string[] = [];
  readonly #open: string[] = [];
  readonly #inputs = new Map<number, string>();

  constructor(level: number, first: number) {
    this.level = level;
    this.#first = first;
  }

  declare(name: string): string {
    if (!this.#names.includes(name)) this.#names.push(name);
    return name;
  }

  /** Says that the variable holds an iterator to close at the end, however it ends. */
  closes(name: string): void {
    this.#open.push(name);
  }

  /** The line that says which step runs now; remembers what the step is given, for errors. */
  at(index: number, flow: Flow, site: string): string[] {
    this.#inputs.set(index, flow.key === undefined ? `${flow.record}` : `[${flow.key}, ${flow.value}]`);
    const comment = site === "" ? "" : ` // ${site.replace(/[^\w .:,()-]/g, "_")}`;
    return [`at${this.level} = ${index};${comment}`];
  }

  wrap(body: readonly string[]): string[] {
    const at = `at${this.level}`;
    const inputs = [...this.#inputs];
    const last = inputs.pop();
    const record =
      inputs.map(([index, input]) => `${at} === ${index} ? ${input} : `).join("") + (last?.[1] ?? "undefined");
    const close = this.#open.map(name => `  if (${name} !== undefined) ${name}.close();`);
    return [
      `let ${[`${at} = ${this.#first}`, ...this.#names].join(", ")};`,
      "try {",
      ...indent(body),
      "} catch (e) {",
      `  throw fail(e, ${at}, ${record});`,
      ...(close.length > 0 ? ["} finally {", ...close] : []),
      "}",
    ];
  }
}

function indent(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`);
}
