/**
 * RDDs made of partitions of another one, each in the place where a task wants it; nothing is computed or moved for that.
 *
 *     wanted by the tasks   {4} {5} {} {0 1}          slots: 4 5 · 0      and   · · · 1
 *     a slot                runs of ascending partitions ─▶ pruned RDDs, blank ones between ─▶ union
 */
import { type JavaObject, asObject, int } from "./gateway/parts.ts";
import type { SparkJvm } from "./spark-jvm.ts";

/** An RDD that stages read, with the alignment of its size. */
export interface Leaf {
  readonly rdd: JavaObject;
  /** How many partitions it has. */
  readonly size: number;
  /** Where the partitions of the plan's node are; a missing one is empty. Without it each is in its own place. */
  readonly places?: ReadonlyMap<number, number>;
}

const scalaRdd = "org.apache.spark.rdd";

export class Placing {
  readonly #jvm: SparkJvm;
  readonly #blanks = new Map<number, Promise<JavaObject>>();
  #tag: Promise<JavaObject> | undefined;

  constructor(jvm: SparkJvm) {
    this.#jvm = jvm;
  }

  /** RDDs that together bring every task the partitions it wants. */
  async place(leaf: Leaf, wanted: readonly ReadonlySet<number>[]): Promise<JavaObject[]> {
    const places = wanted.map(partitions => placesOf(leaf, partitions));
    const slots = Math.max(...places.map(each => each.length));
    return Promise.all(
      Array.from({ length: slots }, (_, slot) =>
        this.#slot(
          leaf,
          places.map(each => each[slot]),
        ),
      ),
    );
  }

  /** Partition i of the result is the i-th of each, one after the other. All have as many. */
  async join(rdds: readonly JavaObject[]): Promise<JavaObject> {
    return this.#make("PartitionerAwareUnionRDD", rdds);
  }

  async #slot(leaf: Leaf, wanted: readonly (number | undefined)[]): Promise<JavaObject> {
    if (wanted.length === leaf.size && wanted.every((place, i) => place === i)) return leaf.rdd;
    const runs = runsOf(wanted);
    const pieces = await Promise.all(
      runs.map(run => (run[0] === undefined ? this.#blank(run.length) : this.#pruned(leaf.rdd, run as number[]))),
    );
    const union = await this.#make("UnionRDD", pieces);
    await this.#jvm.setAlignment(union, wanted.length);
    return union;
  }

  /** Some partitions of an RDD, in its order. The function that Spark wants for that is a Scala Set, which is one. */
  async #pruned(rdd: JavaObject, partitions: readonly number[]): Promise<JavaObject> {
    const { control } = this.#jvm.gateway;
    const list = await control.construct("java.util.ArrayList");
    await Promise.all(partitions.map(each => control.call(list, "add", int(each))));
    const seq = asObject(await control.callStatic("org.apache.spark.api.python.PythonUtils", "toSeq", list));
    const set = asObject(await control.call(seq, "toSet"));
    const pruned = await control.construct(`${scalaRdd}.PartitionPruningRDD`, rdd, set, await this.#anyTag());
    void this.#jvm.gateway.release([list, seq, set]);
    return pruned;
  }

  /** `n` partitions without anything in them. */
  #blank(n: number): Promise<JavaObject> {
    let blank = this.#blanks.get(n);
    if (blank === undefined) this.#blanks.set(n, (blank = this.#makeBlank(n)));
    return blank;
  }

  async #makeBlank(n: number): Promise<JavaObject> {
    const { gateway, javaContext } = this.#jvm;
    const nothing = await gateway.control.construct("java.util.ArrayList");
    return asObject(
      await gateway.control.call(
        asObject(await gateway.control.call(javaContext, "parallelize", nothing, int(n))),
        "rdd",
      ),
    );
  }

  async #make(kind: "UnionRDD" | "PartitionerAwareUnionRDD", rdds: readonly JavaObject[]): Promise<JavaObject> {
    const { gateway, context } = this.#jvm;
    const [seq, tag] = await Promise.all([this.#jvm.seq(rdds), this.#anyTag()]);
    const union = await gateway.control.construct(`${scalaRdd}.${kind}`, context, seq, tag);
    void gateway.release([seq]);
    return union;
  }

  #anyTag(): Promise<JavaObject> {
    this.#tag ??= this.#jvm.gateway.control.callStatic("scala.reflect.ClassTag", "AnyRef").then(asObject);
    return this.#tag;
  }
}

function placesOf({ places }: Leaf, partitions: ReadonlySet<number>): number[] {
  if (places === undefined) return [...partitions];
  return [...partitions].flatMap(partition => places.get(partition) ?? []);
}

/** Cut where it does not ascend, and between something and nothing. */
function runsOf(wanted: readonly (number | undefined)[]): (number | undefined)[][] {
  const runs: (number | undefined)[][] = [];
  let last: number | undefined;
  for (const [i, place] of wanted.entries()) {
    const run = runs.at(-1);
    const goesOn = place === undefined ? last === undefined : last !== undefined && place > last;
    if (run === undefined || i === 0 || !goesOn) runs.push([place]);
    else run.push(place);
    last = place;
  }
  return runs;
}
