/** Broadcast values: a file that the JVM reads once, and hands on to the executors; tasks find it as a file again. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DStreamsError } from "../../base/errors.ts";
import { encodeValue } from "../../codec/block.ts";
import { type JavaObject, asInt, asObject } from "./gateway/parts.ts";
import { type SparkJvm, python } from "./spark-jvm.ts";

export interface SparkBroadcast {
  /** Our id; -1 for what is none of a program's variables. */
  readonly ours: number;
  /** Spark's. */
  readonly id: number;
  readonly object: JavaObject;
  /** What Spark reads it from, whenever it needs it again. */
  readonly file: string;
}

export class Broadcasts {
  readonly #jvm: Promise<SparkJvm>;
  readonly #values = new Map<number, { readonly bytes: Uint8Array; made?: Promise<SparkBroadcast> }>();
  #files = 0;

  constructor(jvm: Promise<SparkJvm>) {
    this.#jvm = jvm;
  }

  /** The value is taken as it is now; Spark gets it when a function uses it. */
  set(id: number, value: unknown): void {
    this.#values.set(id, { bytes: encodeValue(value) });
  }

  /** @throws DSTREAMS_ILLEGAL_STATE when it has been destroyed */
  use(id: number): Promise<SparkBroadcast> {
    const value = this.#values.get(id);
    if (value === undefined) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_STATE",
        `Broadcast(${id}) has no value: it was destroyed before the function that uses it ran.`,
      );
    }
    value.made ??= this.make(value.bytes, id);
    return value.made;
  }

  async make(bytes: Uint8Array, ours = -1): Promise<SparkBroadcast> {
    const jvm = await this.#jvm;
    const { control } = jvm.gateway;
    const file = join(jvm.directory.make(), `broadcast-${++this.#files}`);
    await writeFile(file, bytes, { mode: 0o600 });
    const value = asObject(await control.callStatic(`${python}.PythonRDD`, "setupBroadcast", file));
    const object = asObject(await control.call(jvm.javaContext, "broadcast", value));
    return { ours, id: asInt(await control.call(object, "id")), object, file };
  }

  /** Frees the copies of the executors; with `destroy` the value itself. */
  async drop(id: number, destroy: boolean): Promise<void> {
    const value = this.#values.get(id);
    if (destroy) this.#values.delete(id);
    if (value?.made === undefined) return;
    const made = await value.made;
    const { control } = (await this.#jvm).gateway;
    if (!destroy) await control.call(made.object, "unpersist", true);
    else {
      await control.call(made.object, "destroy", false).catch(() => undefined);
      await rm(made.file, { force: true });
    }
  }
}
