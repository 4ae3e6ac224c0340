/** Spark's driver: a JVM with a JavaSparkContext in it, and the few objects of it that everything else is made with. */
import type { PrivateDirectory } from "../../base/private-directory.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { type JavaObject, asObject, asString, int, long } from "./gateway/parts.ts";

/** Spark's package of classes for functions that are not Java's. */
export const python = "org.apache.spark.api.python";

/** Partitions that lie alike: RDDs which have an equal one can be computed side by side, partition by partition. */
export interface Alignment {
  /** A Partitioner. */
  readonly partitioner: JavaObject;
  /** The same in a Scala Option. */
  readonly some: JavaObject;
}

export class SparkJvm {
  readonly gateway: Gateway;
  readonly javaContext: JavaObject;
  /** The SparkContext within it. */
  readonly context: JavaObject;
  /** `app-20261126163000-0001` */
  readonly applicationId: string;
  /** Commands that are longer are sent as broadcasts, bytes. */
  readonly longCommand: number;
  /** For files that the JVM reads; on its disk, which is ours. */
  readonly directory: PrivateDirectory;
  readonly #function: FunctionParts;
  readonly #close: () => Promise<void>;
  readonly #alignments = new Map<number, Promise<Alignment>>();
  #partitionerField: Promise<JavaObject> | undefined;

  constructor(parts: SparkParts) {
    this.gateway = parts.gateway;
    this.javaContext = parts.javaContext;
    this.context = parts.context;
    this.applicationId = parts.applicationId;
    this.longCommand = parts.longCommand;
    this.directory = parts.directory;
    this.#function = parts.function;
    this.#close = parts.close;
  }

  /**
   * A function object of Spark's: the bytes of a command, and what has to be at hand for it.
   *
   * @param counts true when it adds to accumulators; else Spark is spared asking
   */
  async function(command: Uint8Array, broadcasts: readonly JavaObject[], counts: boolean): Promise<JavaObject> {
    const { control } = this.gateway;
    const list = await control.construct("java.util.ArrayList");
    await Promise.all(broadcasts.map(each => control.call(list, "add", each)));
    const { env, includes, exec, accumulator } = this.#function;
    const last = counts ? accumulator : null;
    return control.construct(`${python}.SimplePythonFunction`, command, env, includes, exec, "dstreams", list, last);
  }

  /** That of `n` partitions. */
  alignment(n: number): Promise<Alignment> {
    let found = this.#alignments.get(n);
    if (found === undefined) this.#alignments.set(n, (found = this.#align(n)));
    return found;
  }

  async #align(n: number): Promise<Alignment> {
    const { control } = this.gateway;
    const partitioner = await control.construct(`${python}.PythonPartitioner`, int(n), long(1));
    return { partitioner, some: asObject(await control.callStatic("scala.Option", "apply", partitioner)) };
  }

  /**
   * Says of an RDD that its partitions lie like those of all others with that alignment. Spark lets only a shuffle say so; but the field
   * that holds it can be set, as long as nothing has been derived from the RDD.
   */
  async setAlignment(rdd: JavaObject, n: number): Promise<void> {
    this.#partitionerField ??= this.#findField(rdd);
    const [field, { some }] = await Promise.all([this.#partitionerField, this.alignment(n)]);
    await this.gateway.control.call(field, "set", rdd, some);
  }

  async #findField(rdd: JavaObject): Promise<JavaObject> {
    const { control } = this.gateway;
    let type = asObject(await control.call(rdd, "getClass"));
    while (asString(await control.call(type, "getName")) !== "org.apache.spark.rdd.RDD") {
      type = asObject(await control.call(type, "getSuperclass"));
    }
    const field = asObject(await control.call(type, "getDeclaredField", "partitioner"));
    await control.call(field, "setAccessible", true);
    return field;
  }

  /** Scala's Seq of these. */
  async seq(objects: readonly JavaObject[]): Promise<JavaObject> {
    const { control } = this.gateway;
    const list = await control.construct("java.util.ArrayList");
    await Promise.all(objects.map(each => control.call(list, "add", each)));
    const seq = asObject(await control.callStatic(`${python}.PythonUtils`, "toSeq", list));
    void this.gateway.release([list]);
    return seq;
  }

  /** Ends the context, and what was started for it. */
  async stop(): Promise<void> {
    await this.gateway.control.call(this.javaContext, "stop").catch(() => undefined);
    await this.#close();
  }
}

/** What every function object is made of. */
export interface FunctionParts {
  readonly env: JavaObject;
  readonly includes: JavaObject;
  /** What executors start. */
  readonly exec: string;
  readonly accumulator: JavaObject;
}

/** What it is made of, once it has started (start-spark.ts). */
export interface SparkParts {
  readonly gateway: Gateway;
  readonly javaContext: JavaObject;
  readonly context: JavaObject;
  readonly applicationId: string;
  readonly longCommand: number;
  readonly directory: PrivateDirectory;
  readonly function: FunctionParts;
  /** Lets go of the JVM, and removes what was made for it. */
  close(): Promise<void>;
}
