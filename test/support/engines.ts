/** One suite, every engine: what holds for the reference engine has to hold for worker threads, however many there are. */
import { after, before, describe } from "node:test";
import { SparkConf } from "../../src/conf/spark-conf.ts";
import { SparkContext, withEngine } from "../../src/rdd/spark-context.ts";
import { ReferenceEngine } from "./reference-engine.ts";

export interface EngineUnderTest {
  readonly name: string;
  open(): SparkContext;
}

function conf(master: string): SparkConf {
  return new SparkConf(false).setMaster(master).setAppName("test");
}

export const reference: EngineUnderTest = {
  name: "reference",
  open: () =>
    withEngine(
      () => new ReferenceEngine(2),
      () => new SparkContext(conf("local[2]")),
    ),
};

function local(threads: number): EngineUnderTest {
  return { name: `local[${threads}]`, open: () => new SparkContext(conf(`local[${threads}]`)) };
}

const all: readonly EngineUnderTest[] = [reference, local(1), local(2), local(4)];

/** `ENGINES=reference` (or several, with commas) runs the suites on these only. */
const chosen = process.env["ENGINES"]?.split(",");

export const engines = chosen === undefined ? all : all.filter(engine => chosen.includes(engine.name));

/** Declares the suite once for each engine; `sc()` is its context, made before and stopped after. */
export function onEveryEngine(title: string, suite: (sc: () => SparkContext) => void): void {
  for (const engine of engines) {
    describe(`${title} on ${engine.name}`, () => {
      let context: SparkContext | undefined;
      before(() => {
        context = engine.open();
      });
      after(() => context?.stop());
      suite(() => context as SparkContext);
    });
  }
}
