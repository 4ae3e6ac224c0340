/** Types that let a program do without annotations, and that say in a sentence what it did wrong. RDD and DStream share them. */

/**
 * What a record may be: anything; but an array literal where a record is expected is read as a tuple, at every depth, so that
 * `map(word => [word, 1])` makes pairs `[string, number]` and not arrays of `string | number`.
 */
export type Shaped = [Shaped, ...Shaped[]] | {} | null | undefined | void;

/** `K` of pairs `[K, V]`. */
export type KeyOf<T> = T extends readonly [infer K, unknown] ? K : never;

/** `V` of pairs `[K, V]`. */
export type ValueOf<T> = T extends readonly [unknown, infer V] ? V : never;

/** The type of `this` in an operation on pairs: on records that are none, the compiler's message ends in the sentence. */
export type OnlyPairs<T, Self> = [T] extends [readonly [unknown, unknown]]
  ? Self
  : "This operation exists only on pairs: make every record a [key, value] first, for example with map(record => [record, 1]) or keyBy.";

/** The type of `this` in an operation on numbers. */
export type OnlyNumbers<T, Self> = [T] extends [number]
  ? Self
  : "This operation exists only on numbers: make every record a number first, for example with map(record => record.length).";

/** A value given where its type is inferred from it: `[0, 0]` is a tuple, `""` a string and not the empty one only. */
export type Initial<U> = U | ([] & U);

/**
 * Literal types widened, as in a `let`: `1 | 0` is number. The sum of records that are 0 or 1 is neither, so what reduces has a
 * second signature with this; the first, which keeps the type, is for all others.
 */
export type Widened<T> = T extends number
  ? number
  : T extends string
    ? string
    : T extends boolean
      ? boolean
      : T extends bigint
        ? bigint
        : T;
