/**
 * A program as plain data: steps, each made from earlier ones, and actions on them. The same seed makes the same program.
 *
 *     { steps: [ { op: "source", slices: 3, records: [...] }, { op: "keyBy", of: [0], options: { f: "maps.few" } }, … ],
 *       actions: [ { action: "collect", of: 1, … } ] }
 */
import { action, actions } from "./actions.ts";
import { type Facts, isKind, isSmall } from "./facts.ts";
import { type Operation, operations, type Options } from "./operations.ts";
import { Random } from "./random.ts";
import { streamOperations } from "./streams.ts";
import { drawValue, type Json, toJson } from "./values.ts";

export interface Source {
  readonly op: "source";
  readonly pairs: boolean;
  readonly slices: number;
  readonly records: readonly Json[];
}

export interface Step {
  readonly op: string;
  /** Which earlier steps it takes. */
  readonly of: readonly number[];
  readonly options: Options;
}

export interface ActionStep {
  readonly action: string;
  readonly of: number;
  readonly options: Options;
  readonly sort: boolean;
}

export interface Program {
  readonly seed: number;
  /** PySpark can run it. */
  readonly shared: boolean;
  /** Of streams: how many batches the records of sources are dealt to. 0: no stream. */
  readonly batches: number;
  readonly steps: readonly (Source | Step)[];
  readonly actions: readonly ActionStep[];
}

export function isSource(step: Source | Step): step is Source {
  return step.op === "source";
}

/** What programs of a kind are made of, as far as drawing them goes. */
type Table = Readonly<
  Record<string, Pick<Operation, "takes" | "often" | "needs" | "draw" | "gives"> & Partial<Pick<Operation, "python">>>
>;

export function programOf(seed: number, size: number): Program {
  const random = new Random(seed);
  return random.chance(0.25) ? streamProgram(random, seed, size) : rddProgram(random, seed, size);
}

function rddProgram(random: Random, seed: number, size: number): Program {
  const shared = random.chance(0.8);
  const { steps, facts } = drawSteps(random, shared, operations, size);
  return { seed, shared, batches: 0, steps, actions: drawActions(random, shared, steps, facts) };
}

/** All that is put out of a stream is what its last steps yield, batch by batch. */
function streamProgram(random: Random, seed: number, size: number): Program {
  const { steps } = drawSteps(random, false, streamOperations, Math.min(size, 5));
  const actions = leavesOf(steps).map(of => ({ action: "batches", of, options: {}, sort: false }));
  return { seed, shared: false, batches: random.integer(4, 9), steps, actions: actions.slice(-3) };
}

function drawSteps(random: Random, shared: boolean, table: Table, size: number) {
  // Keys from a few, so that they meet, those of several sources too; sometimes all are one.
  const keys = random.list(random.integer(1, 8), () => toJson(drawValue(random, shared)));
  const steps: (Source | Step)[] = random.list(random.integer(1, 3), () => drawSource(random, shared, keys));
  const facts = steps.map(step => factsOf(step, [], table));
  for (let left = random.integer(2, size); left > 0; left--) {
    const step = drawStep(random, shared, facts, table);
    steps.push(step);
    facts.push(factsOf(step, facts, table));
  }
  return { steps, facts };
}

/** What is known of a step, given what is known of those before it. */
function factsOf(step: Source | Step, before: readonly Facts[], table: Table): Facts {
  if (!isSource(step)) {
    const [a, b = a] = step.of.map(index => before[index] as Facts) as [Facts, Facts?];
    return (table[step.op] as Table[string]).gives(a, b, step.options);
  }
  return {
    kind: step.pairs ? "pair" : "any",
    size: step.records.length,
    weight: 4,
    partitions: step.slices,
    ordered: true,
    placed: step.records.length % step.slices === 0 ? "alike" : "ours",
    merged: false,
    slide: 1,
  };
}

function drawSource(random: Random, shared: boolean, keys: readonly Json[]): Source {
  const pairs = random.chance(0.6);
  const key = (): Json => (random.chance(0.9) ? random.pick(keys) : toJson(drawValue(random, shared)));
  const value = (): Json => (random.chance(0.3) ? random.pick(keys) : toJson(drawValue(random, shared)));
  const record = (): Json => (pairs ? [key(), value()] : value());
  return {
    op: "source",
    pairs,
    slices: random.integer(1, 4),
    records: random.list(random.pick([0, 1, 5, 20, 40]), record),
  };
}

/** Whether what is known of the inputs is what the operation asks for. */
function suits(needs: "order" | "places" | undefined, facts: Facts, shared: boolean): boolean {
  if (needs === "order") return facts.ordered;
  return needs !== "places" || facts.placed === "alike" || (!shared && facts.placed === "ours");
}

const isPossible = (entry: { readonly python?: string | object }, shared: boolean): boolean =>
  !shared || typeof entry.python === "string";

function drawStep(random: Random, shared: boolean, facts: readonly Facts[], table: Table): Step {
  const names = weighted(table);
  for (;;) {
    const op = random.pick(names);
    const entry = table[op] as Table[string];
    if (!isPossible(entry, shared)) continue;
    const fits = entry.takes.map(kind => facts.flatMap((f, i) => (isKind(f.kind, kind) ? [i] : [])));
    if (fits.some(indices => indices.length === 0)) continue;
    // What was made last is continued rather than what came first.
    const of = fits.map(indices => (random.chance(0.5) ? (indices.at(-1) as number) : random.pick(indices)));
    if (!of.every(index => suits(entry.needs, facts[index] as Facts, shared))) continue;
    // Streams that have no RDD at the same times do not go together.
    if (new Set(of.map(index => facts[index]?.slide)).size > 1) continue;
    const step: Step = { op, of, options: entry.draw?.(random, shared) ?? {} };
    if (isSmall(factsOf(step, facts, table))) return step;
  }
}

/** The steps that no other takes. */
function leavesOf(steps: readonly (Source | Step)[]): number[] {
  const used = new Set(steps.flatMap(step => (isSource(step) ? [] : step.of)));
  return steps.flatMap((_, i) => (used.has(i) ? [] : [i]));
}

function drawActions(
  random: Random,
  shared: boolean,
  steps: readonly (Source | Step)[],
  facts: readonly Facts[],
): ActionStep[] {
  const leaves = leavesOf(steps);
  // What is kept is asked twice.
  const kept = steps.flatMap((step, i) => (step.op === "persist" || step.op === "checkpoint" ? [i, i] : []));
  const targets = [...leaves, ...kept, random.integer(0, steps.length - 1)].slice(0, 6);
  return targets.map(of => drawAction(random, shared, of, facts[of] as Facts));
}

function drawAction(random: Random, shared: boolean, of: number, facts: Facts): ActionStep {
  const names = weighted(actions);
  for (;;) {
    const name = random.pick(names);
    const entry = action(name);
    if (!isPossible(entry, shared) || !isKind(facts.kind, entry.takes) || !suits(entry.needs, facts, shared)) continue;
    const options = { ...entry.draw?.(random, shared), ordered: facts.ordered, exact: !facts.merged };
    return { action: name, of, options, sort: entry.sort?.(facts) ?? false };
  }
}

/** The names, each as often as it is to be drawn. */
function weighted(table: Readonly<Record<string, { readonly often?: number }>>): string[] {
  return Object.entries(table).flatMap(([name, { often = 1 }]) => Array<string>(often).fill(name));
}
