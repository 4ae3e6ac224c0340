/**
 * One suite, every engine: what holds for the reference engine has to hold for worker threads, however many there are, and for Apache
 * Spark of every version. Spark takes minutes for what threads do in seconds, so it is asked for (`npm run test:spark`).
 */
import { after, before, describe } from "node:test";
import { SparkConf } from "../../src/conf/spark-conf.ts";
import { SparkContext, withEngine } from "../../src/rdd/spark-context.ts";
import { ReferenceEngine } from "./reference-engine.ts";
import { sparkHome, sparkVersions } from "./spark-homes.ts";

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

/** Apache Spark in its own local mode: the JVM, the gateway, the daemon and the workers of a cluster, on this machine. */
function spark(version: string, home: string): EngineUnderTest {
  return {
    name: `spark-${version}`,
    open: () => {
      const settings = conf("local[2]").set("spark.dstreams.engine", "spark").set("spark.home", home);
      // A JVM takes four seconds to start: those of a file's suites come one after the other in the same.
      return new SparkContext(settings.set("spark.dstreams.keepJvm", "true").set("spark.ui.enabled", "false"));
    },
  };
}

const threads: readonly EngineUnderTest[] = [reference, local(1), local(2), local(4)];

/** `ENGINES=reference` (or several, with commas) runs the suites on these only. */
const chosen = process.env["ENGINES"]?.split(",");

const sparks = sparkVersions.filter(version => chosen?.includes(`spark-${version}`));

export const engines: readonly EngineUnderTest[] = [
  ...(chosen === undefined ? threads : threads.filter(engine => chosen.includes(engine.name))),
  ...(await Promise.all(sparks.map(async version => spark(version, await sparkHome(version))))),
];

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
