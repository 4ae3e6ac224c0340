/** One program on several engines: where they disagree, and the smallest program on which they still do. */
import type { Answer } from "./perform.ts";
import { isSource, type Program, type Source } from "./program.ts";

/** Whatever answers programs. */
export interface Runner {
  readonly name: string;
  readonly isPyspark: boolean;
  run(program: Program): Promise<readonly Answer[]>;
}

export interface Difference {
  readonly program: Program;
  /** The number of the action. */
  readonly action: number;
  readonly engines: readonly [string, string];
  readonly answers: readonly [Answer | undefined, Answer | undefined];
}

/** The first difference from the first engine; undefined when all agree. */
export async function differenceIn(program: Program, runners: readonly Runner[]): Promise<Difference | undefined> {
  const asked = runners.filter(runner => program.shared || !runner.isPyspark);
  const all = await Promise.all(asked.map(runner => runner.run(program)));
  const [first = []] = all;
  for (const [i, answers] of all.entries()) {
    for (let action = 0; action < Math.max(answers.length, first.length); action++) {
      const pair = [first[action], answers[action]] as const;
      if (JSON.stringify(pair[0]) === JSON.stringify(pair[1]) && !isFailure(pair[0])) continue;
      return { program, action, engines: [asked[0]?.name ?? "", asked[i]?.name ?? ""], answers: pair };
    }
  }
  return undefined;
}

/** Errors that programs are made to cause are answers; all others are failures, even where all engines have the same. */
function isFailure(answer: Answer | undefined): boolean {
  return answer === undefined || ("error" in answer && answer.error !== "empty" && answer.error !== "refused");
}

/** Makes the program smaller as long as the two engines disagree; at most `tries` programs are run. */
export async function shrunk(found: Difference, runners: readonly Runner[], tries = 150): Promise<Difference> {
  const two = runners.filter(runner => found.engines.includes(runner.name));
  let best = found;
  const seen = new Set<string>();
  for (let left = tries; left > 0; ) {
    const next = await firstFailing(best.program, two, seen, () => left-- > 0);
    if (next === undefined) return best;
    best = next;
  }
  return best;
}

async function firstFailing(
  program: Program,
  runners: readonly Runner[],
  seen: Set<string>,
  mayTry: () => boolean,
): Promise<Difference | undefined> {
  for (const smaller of smallerThan(program)) {
    const text = JSON.stringify(smaller);
    if (seen.has(text)) continue;
    seen.add(text);
    if (!mayTry()) return undefined;
    const difference = await differenceIn(smaller, runners);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Programs with something left out, the smallest first. What an operation may rely on is kept: no operation is put on another input. */
function* smallerThan(program: Program): Generator<Program> {
  const { steps, actions } = program;
  if (actions.length > 1) for (const action of actions) yield withoutUnused({ ...program, actions: [action] });
  for (const [i, step] of steps.entries()) {
    if (!isSource(step)) continue;
    const { records } = step;
    const shorter = halves(records).map(kept => ({ ...step, records: kept }));
    const smaller = [...shorter, { ...step, slices: 1 }].filter(source => isAsEven(source, step));
    for (const source of smaller) yield { ...program, steps: steps.with(i, source) };
  }
}

/** Slices of equal size, if there are any, are ones that PySpark has too (facts.ts). */
function isAsEven(source: Source, than: Source): boolean {
  const isEven = ({ records, slices }: Source): boolean => records.length % slices === 0;
  return isEven(source) || !isEven(than);
}

/** The list without its parts: halves, quarters, … single ones. */
function halves<T>(list: readonly T[]): T[][] {
  const all: T[][] = list.length === 0 ? [] : [[]];
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < list.length; from += size) all.push(list.toSpliced(from, size));
  }
  return all;
}

/** Without the steps that no action needs. */
function withoutUnused(program: Program): Program {
  const used = new Set(program.actions.map(action => action.of));
  for (let i = program.steps.length - 1; i >= 0; i--) {
    const step = program.steps[i];
    if (step !== undefined && used.has(i) && !isSource(step)) for (const parent of step.of) used.add(parent);
  }
  const kept = program.steps.flatMap((_, i) => (used.has(i) ? [i] : []));
  const place = (old: number): number => kept.indexOf(old);
  return {
    ...program,
    steps: kept.map(i => {
      const step = program.steps[i] as Program["steps"][number];
      return isSource(step) ? step : { ...step, of: step.of.map(place) };
    }),
    actions: program.actions.map(action => ({ ...action, of: place(action.of) })),
  };
}

/** For a person: the steps, one a line, and both answers. */
export function describeDifference({ program, action, engines, answers }: Difference): string {
  const step = program.actions[action];
  const lines = program.steps.map((each, i) => `  ${i}: ${JSON.stringify(each)}`);
  return [
    `Seed ${program.seed}: ${engines[0] === engines[1] ? `${engines[0]} fails at` : `${engines.join(" and ")} disagree on`} ${JSON.stringify(step)}`,
    ...lines,
    ...engines.map((name, i) => `  ${name}: ${JSON.stringify(answers[i]).slice(0, 3000)}`),
    `  Again: npm run fuzz -- --seed ${program.seed} --engines '${[...new Set(engines)].join(",")}'`,
  ].join("\n");
}
