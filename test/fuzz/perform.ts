/** Runs programs on a SparkContext of ours, whichever engine it has. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DStreamsError, type SparkContext } from "../../src/index.ts";
import { action } from "./actions.ts";
import { type Data, operation } from "./operations.ts";
import { performStream } from "./perform-stream.ts";
import { given } from "./given.ts";
import { isSource, type Program } from "./program.ts";
import { fromJson } from "./values.ts";

/** What an action answered: texts, or the error. */
export type Answer = readonly string[] | { readonly error: string };

export class Performer implements Disposable {
  readonly #sc: SparkContext;
  readonly #directory = mkdtempSync(join(tmpdir(), "dstreams-fuzz-"));

  constructor(sc: SparkContext) {
    this.#sc = sc;
    sc.setCheckpointDir(this.#directory);
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One answer for each action. */
  async perform(program: Program): Promise<Answer[]> {
    if (program.batches > 0) return performStream(this.#sc, program, mkdtempSync(join(this.#directory, "stream-")));
    const rdds: Data[] = [];
    for (const step of program.steps) rdds.push(this.#make(step, rdds));
    const answers: Answer[] = [];
    for (const { action: name, of, options, sort } of program.actions) {
      const answer = await answered(() => action(name).ours(rdds[of] as Data, given(options), this.#sc));
      answers.push(sort && Array.isArray(answer) ? answer.toSorted() : answer);
    }
    for (const rdd of rdds) if (rdd.is_cached) await rdd.unpersist();
    return answers;
  }

  #make(step: Program["steps"][number], before: readonly Data[]): Data {
    if (isSource(step)) return this.#sc.parallelize(step.records.map(fromJson), step.slices) as unknown as Data;
    const [a, b = a] = step.of.map(index => before[index]) as [Data, Data?];
    return operation(step.op).ours(a, b, given(step.options), this.#sc);
  }
}

async function answered(run: () => Promise<readonly string[]>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DStreamsError)) return { error: String((error as Error).stack) };
    if (error.code === "DSTREAMS_EMPTY") return { error: "empty" };
    if (error.code === "DSTREAMS_USER_FUNCTION" && error.message.includes("refused")) return { error: "refused" };
    return { error: `${error.code}: ${error.message}` };
  }
}
