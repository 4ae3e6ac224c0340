import { inspect } from "node:util";
import { DStreamsError } from "../base/errors.ts";
import { defaultEntries } from "./defaults.ts";
import { redact } from "./redact.ts";
import { parseSize, parseTime } from "./units.ts";
import type { SizeUnit, TimeUnit } from "./units.ts";

/** What `set` takes; stored as text, since that is what Spark's keys are. */
export type ConfValue = string | number | boolean;

/**
 * The configuration of a Spark program: key-value pairs, all text. Setters return the conf, so that calls can be chained.
 * A context takes a copy; later changes have no effect on it.
 *
 * A value set here wins over a flag of `dstreams submit`, that over the properties file, that over an environment variable,
 * that over the built-in value.
 *
 * @example
 * ```ts
 * import { SparkConf } from "dstreams";
 * const conf = new SparkConf().setMaster("local[2]").setAppName("Word count").set("spark.streaming.concurrentJobs", 2);
 * console.log(conf.get("spark.app.name"), conf.getInt("spark.streaming.concurrentJobs"));
 * ```
 * ```text
 * Word count 2
 * ```
 */
export class SparkConf {
  readonly #entries: Map<string, string>;

  /**
   * @param loadDefaults false: begin with nothing, not even the master (default true)
   * @throws DSTREAMS_CONFIGURATION when `spark-defaults.conf` exists and cannot be read
   */
  constructor(loadDefaults = true) {
    this.#entries = loadDefaults ? defaultEntries() : new Map();
  }

  /** Sets a key. Numbers and booleans are stored as text. */
  set(key: string, value: ConfValue): this {
    if (typeof key !== "string" || key === "")
      throw illegal(`A configuration key must be a non-empty string, not ${String(key)}`);
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw illegal(
        `The value of ${key} must be a string, a number or a boolean, not ${value === null ? "null" : typeof value}`,
      );
    }
    this.#entries.set(key, String(value));
    return this;
  }

  /** Sets a key unless it has a value. */
  setIfMissing(key: string, value: ConfValue): this {
    return this.contains(key) ? this : this.set(key, value);
  }

  /** Sets several keys, from pairs or an object. */
  setAll(pairs: Iterable<readonly [string, ConfValue]> | Readonly<Record<string, ConfValue>>): this {
    for (const [key, value] of Symbol.iterator in pairs
      ? (pairs as Iterable<readonly [string, ConfValue]>)
      : Object.entries(pairs)) {
      this.set(key, value);
    }
    return this;
  }

  /** Where to compute: `local[4]`, `local[*]`, … */
  setMaster(master: string): this {
    return this.set("spark.master", master);
  }

  /** The application's name, as logs and the UI show it. */
  setAppName(name: string): this {
    return this.set("spark.app.name", name);
  }

  /** Where Spark is installed; without effect on a local master. */
  setSparkHome(home: string): this {
    return this.set("spark.home", home);
  }

  /** An environment variable of the workers, or several as pairs. */
  setExecutorEnv(key: string, value: ConfValue): this;
  setExecutorEnv(pairs: Iterable<readonly [string, ConfValue]>): this;
  setExecutorEnv(key: string | Iterable<readonly [string, ConfValue]>, value?: ConfValue): this {
    if (typeof key === "string") {
      if (value === undefined) throw illegal("setExecutorEnv takes a name and a value, or pairs of them");
      return this.set(`spark.executorEnv.${key}`, value);
    }
    for (const [name, each] of key) this.set(`spark.executorEnv.${name}`, each);
    return this;
  }

  /** The value of a key; `defaultValue` (undefined, if not given) when it has none. */
  get(key: string): string | undefined;
  get(key: string, defaultValue: string): string;
  get(key: string, defaultValue?: string): string | undefined {
    return this.#entries.get(key) ?? defaultValue;
  }

  /** All pairs, in the order they were first set. */
  getAll(): [string, string][] {
    return [...this.#entries];
  }

  /** True when the key has a value. */
  contains(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Takes the key away; nothing happens when it is not there. */
  remove(key: string): this {
    this.#entries.delete(key);
    return this;
  }

  /** A copy that can be changed by itself. */
  clone(): SparkConf {
    return new SparkConf(false).setAll(this.#entries);
  }

  /** `true` or `false`, in any case. @throws DSTREAMS_CONFIGURATION for another value, as all typed getters do */
  getBoolean(key: string): boolean | undefined;
  getBoolean(key: string, defaultValue: boolean): boolean;
  getBoolean(key: string, defaultValue?: boolean): boolean | undefined {
    return this.#typed(key, defaultValue, "true or false", text => ({ true: true, false: false })[text.toLowerCase()]);
  }

  /** A whole number. */
  getInt(key: string): number | undefined;
  getInt(key: string, defaultValue: number): number;
  getInt(key: string, defaultValue?: number): number | undefined {
    return this.#typed(key, defaultValue, "a whole number", text =>
      /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined,
    );
  }

  /** A finite number. */
  getDouble(key: string): number | undefined;
  getDouble(key: string, defaultValue: number): number;
  getDouble(key: string, defaultValue?: number): number | undefined {
    return this.#typed(key, defaultValue, "a number", text =>
      text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined,
    );
  }

  /**
   * A time in milliseconds: `200ms`, `30s`, `2min`.
   * @param defaultValue written like a value (`"200ms"`), or milliseconds
   * @param bareUnit the unit of a number without one (default ms)
   */
  getTimeAsMs(key: string, defaultValue?: undefined, bareUnit?: TimeUnit): number | undefined;
  getTimeAsMs(key: string, defaultValue: string | number, bareUnit?: TimeUnit): number;
  getTimeAsMs(key: string, defaultValue?: string | number, bareUnit: TimeUnit = "ms"): number | undefined {
    const value = typeof defaultValue === "string" ? parseTime(defaultValue, bareUnit) : defaultValue;
    return this.#typed(key, value, "a time such as 200ms, 30s or 2min", text => parseTime(text, bareUnit));
  }

  /**
   * A size in bytes: `512k`, `64m`, `1g`.
   * @param defaultValue written like a value (`"1g"`), or bytes
   * @param bareUnit the unit of a number without one (default b)
   */
  getSizeAsBytes(key: string, defaultValue?: undefined, bareUnit?: SizeUnit): number | undefined;
  getSizeAsBytes(key: string, defaultValue: string | number, bareUnit?: SizeUnit): number;
  getSizeAsBytes(key: string, defaultValue?: string | number, bareUnit: SizeUnit = "b"): number | undefined {
    const value = typeof defaultValue === "string" ? parseSize(defaultValue, bareUnit) : defaultValue;
    return this.#typed(key, value, "a size such as 512k, 64m or 1g", text => parseSize(text, bareUnit));
  }

  /** All pairs, one a line, sorted; what looks like a secret is not shown. */
  toDebugString(): string {
    return redact(this.getAll(), this.get("spark.redaction.regex"))
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join("\n");
  }

  /** What console.log shows: the pairs, without secrets. */
  [inspect.custom](): string {
    return `SparkConf {\n${this.toDebugString().replaceAll(/^/gm, "  ")}\n}`;
  }

  #typed<T>(
    key: string,
    defaultValue: T | undefined,
    expected: string,
    read: (text: string) => T | undefined,
  ): T | undefined {
    const text = this.#entries.get(key);
    if (text === undefined) return defaultValue;
    let value: T | undefined;
    try {
      value = read(text.trim());
    } catch {
      value = undefined;
    }
    if (value !== undefined) return value;
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `${key} should be ${expected}, but was '${text}'.`);
  }
}

function illegal(message: string): DStreamsError {
  return new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", message);
}
