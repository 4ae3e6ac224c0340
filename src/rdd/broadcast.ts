import { DStreamsError } from "../base/errors.ts";
import { captureSite, describeSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { travelsAs } from "../closure/travel.ts";
import type { Driver } from "./driver.ts";

/**
 * A value that every worker gets once, however many tasks use it. Functions refer to it like to any variable and read `value`.
 * It is freed when no function refers to it any more.
 *
 * @example
 * ```ts
 * import { SparkContext } from "dstreams";
 * await using sc = new SparkContext("local[2]", "Broadcast");
 * const stopWords = sc.broadcast(new Set(["the", "a"]));
 * console.log(await sc.parallelize(["the", "cat"]).filter(word => !stopWords.value.has(word)).collect());
 * ```
 * ```text
 * [ 'cat' ]
 * ```
 */
export class Broadcast<T> {
  /** Its number in this process. */
  readonly id: number;
  readonly #driver: Driver;
  #value: T | undefined;
  #destroyed: CallSite | undefined;

  /** Made by `sc.broadcast`. @internal */
  constructor(driver: Driver, id: number, value: T) {
    this.#driver = driver;
    this.id = id;
    this.#value = value;
    driver.engine.broadcast(id, value);
    driver.onceUnreachable(this, () => driver.engine.unbroadcast(id, true).catch(() => undefined));
  }

  /** @internal */
  get [travelsAs](): { kind: "broadcast"; id: number } {
    this.#requireAlive();
    return { kind: "broadcast", id: this.id };
  }

  /** The value; not to be changed. @throws DSTREAMS_ILLEGAL_STATE after `destroy` */
  get value(): T {
    this.#requireAlive();
    return this.#value as T;
  }

  /** Frees the copies in the workers; they get it anew when a function uses it again. */
  async unpersist(): Promise<void> {
    this.#requireAlive();
    this.#driver.requireRunning();
    await this.#driver.engine.unbroadcast(this.id, false);
  }

  /** Frees it everywhere, for good. */
  async destroy(): Promise<void> {
    this.#requireAlive();
    this.#driver.requireRunning();
    this.#destroyed = captureSite("destroy");
    this.#value = undefined;
    await this.#driver.engine.unbroadcast(this.id, true);
  }

  /** `Broadcast(0)`. */
  toString(): string {
    return `Broadcast(${this.id})`;
  }

  #requireAlive(): void {
    if (this.#destroyed === undefined) return;
    throw new DStreamsError(
      "DSTREAMS_ILLEGAL_STATE",
      `Attempted to use Broadcast(${this.id}) after it was destroyed (${describeSite(this.#destroyed)})`,
    );
  }
}
