/** Finds out whether a column of strings has few distinct ones: then each is written, and later made, once. */
export interface Dictionary {
  readonly distinct: string[];
  /** For each string its place in `distinct`. */
  readonly indices: Int32Array;
}

/** Columns shorter than this are not worth it. */
const shortColumn = 64;
const largestSample = 128;

/** The dictionary of a column; undefined when strings hardly repeat, which a sample tells beforehand. */
export function buildDictionary(values: readonly string[]): Dictionary | undefined {
  if (values.length < shortColumn || !sampleRepeats(values)) return undefined;
  const most = values.length >> 2;
  const places = new Map<string, number>();
  const distinct: string[] = [];
  const indices = new Int32Array(values.length);
  let last: string | undefined;
  let place = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as string;
    if (value !== last) {
      const known = places.get(value);
      if (known === undefined) {
        if (distinct.length === most) return undefined;
        place = distinct.push(value) - 1;
        places.set(value, place);
      } else place = known;
      last = value;
    }
    indices[i] = place;
  }
  return { distinct, indices };
}

/** True when, of strings taken all over the column, at least half are repetitions, and they are not long texts. */
function sampleRepeats(values: readonly string[]): boolean {
  // An eighth of a short column: looking must not cost more than there is to gain.
  const sampleSize = Math.min(largestSample, values.length >> 3);
  const step = Math.floor(values.length / sampleSize);
  const sample = new Set<string>();
  let count = 0;
  let characters = 0;
  for (let i = 0; i < values.length && count < sampleSize; i += step, count++) {
    const value = values[i] as string;
    sample.add(value);
    characters += value.length;
    if (characters > sampleSize * 64) return false;
  }
  return sample.size * 2 <= count;
}
