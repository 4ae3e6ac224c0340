import { travelsAs } from "../closure/travel.ts";

/** How terms are added to an accumulator's value. */
export interface AccumulatorParam<T> {
  /** What is neutral to adding, of the shape of the given value. */
  zero(value: T): T;
  /** The sum; may change and return `a`. */
  addInPlace(a: T, b: T): T;
}

/** Adds numbers. */
export const numberParam: AccumulatorParam<number> = { zero: () => 0, addInPlace: (a, b) => a + b };

/**
 * A value that tasks can only add to, and only the driver can read. The terms of a task count once, when it has succeeded;
 * but a transformation that is computed again adds again, so add in actions (`foreach`) where counts must be exact.
 *
 * @example
 * ```ts
 * import { SparkContext } from "dstreams";
 * await using sc = new SparkContext("local[2]", "Accumulator");
 * const total = sc.accumulator(0);
 * await sc.parallelize([1, 2, 3]).foreach(n => total.add(n));
 * console.log(total.value);
 * ```
 * ```text
 * 6
 * ```
 */
export class Accumulator<T> {
  /** Its number in this process. */
  readonly id: number;
  readonly #param: AccumulatorParam<T>;
  #value: T;

  /** Made by `sc.accumulator`. @internal */
  constructor(id: number, value: T, param: AccumulatorParam<T>) {
    this.id = id;
    this.#value = value;
    this.#param = param;
  }

  /** Of numbers a task sends their sum; of anything else its terms, which are added here, where the param is. @internal */
  get [travelsAs](): { kind: "sum" | "accumulator"; id: number } {
    return { kind: (this.#param as unknown) === numberParam ? "sum" : "accumulator", id: this.id };
  }

  /** What has been added up so far. In a task: an error. */
  get value(): T {
    return this.#value;
  }

  /** Sets it anew, on the driver. */
  set value(value: T) {
    this.#value = value;
  }

  /** Adds a term, in a task or here. */
  add(term: T): this {
    this.#value = this.#param.addInPlace(this.#value, term);
    return this;
  }

  /** The value as text. */
  toString(): string {
    return String(this.#value);
  }
}
