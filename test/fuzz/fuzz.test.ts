/** A few of the programs of `npm run fuzz`, against the reference engine; and that a difference is found and made small. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type EngineUnderTest, engines, reference } from "../support/engines.ts";
import { differenceIn, type Runner, shrunk } from "./compare.ts";
import { type Answer, Performer } from "./perform.ts";
import { isSource, type Program, programOf } from "./program.ts";

async function answersOn(engine: EngineUnderTest, programs: readonly Program[]): Promise<(readonly Answer[])[]> {
  await using sc = engine.open();
  sc.setLogLevel("OFF");
  using performer = new Performer(sc);
  const answers: (readonly Answer[])[] = [];
  for (const program of programs) answers.push(await performer.perform(program));
  return answers;
}

for (const engine of engines.filter(({ name }) => name === "local[2]" || name.startsWith("spark-"))) {
  test(`random programs answer the same on ${engine.name} as on the reference engine`, async () => {
    const programs = Array.from({ length: engine.name === "local[2]" ? 40 : 8 }, (_, seed) => programOf(seed, 8));
    const [expected, answers] = [await answersOn(reference, programs), await answersOn(engine, programs)];
    for (const [seed, { actions }] of programs.entries()) {
      assert.deepEqual(answers[seed], expected[seed], `npm run fuzz -- --seed ${seed}: ${JSON.stringify(actions)}`);
    }
    const errors = new Set(expected.flat().flatMap(answer => ("error" in answer ? [answer.error] : [])));
    for (const error of errors) assert.ok(error === "empty" || error === "refused", error);
  });
}

describe("a differential test", () => {
  /** An engine that answers how many records the sources have, but for one that it miscounts. */
  const counting = (name: string, wrong: (record: unknown) => boolean): Runner => ({
    name,
    isPyspark: false,
    run: async ({ steps, actions }) => {
      const records = steps.flatMap(step => (isSource(step) ? step.records : []));
      return actions.map(() => [String(records.filter(record => !wrong(record)).length)]);
    },
  });
  const source = { op: "source", pairs: false, slices: 4, records: [1, 2, 3, "bad", 4, 5, 6, 7] } as const;
  const action = { action: "count", of: 0, options: {}, sort: false };
  const program: Program = {
    seed: 1,
    shared: false,
    batches: 0,
    steps: [source, { ...source, records: [] }],
    actions: [action, { ...action, of: 1 }],
  };
  const right = counting("right", () => false);
  const wrong = counting("wrong", record => record === "bad");

  test("finds nothing where all agree", async () => {
    assert.equal(await differenceIn(program, [right, right]), undefined);
  });

  test("makes what it finds small", async () => {
    const found = await differenceIn(program, [right, right, wrong]);
    assert.deepEqual(found?.engines, ["right", "wrong"]);
    const small = await shrunk(found, [right, wrong]);
    assert.deepEqual(small.program.steps, [{ ...source, slices: 1, records: ["bad"] }]);
    assert.deepEqual(small.answers, [["1"], ["0"]]);
  });

  test("takes an unforeseen error for a difference, even if all have it", async () => {
    const failing: Runner = { name: "failing", isPyspark: false, run: async () => [{ error: "what?" }] };
    assert.ok(await differenceIn(program, [failing, failing]));
  });

  test("draws the same program from the same seed, and another from another", () => {
    assert.deepEqual(programOf(7, 8), programOf(7, 8));
    assert.notDeepEqual(programOf(7, 8), programOf(8, 8));
  });
});
