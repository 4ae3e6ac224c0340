/** How many bytes of heap records take, roughly: enough to keep budgets, cheap enough to ask often. */

const deepest = 4;
const sampled = 32;

/** Bytes of one value: strings by length, containers by a few of their elements. */
export function estimateSize(value: unknown, depth = 0): number {
  switch (typeof value) {
    case "string":
      return 16 + value.length;
    case "number":
    case "boolean":
    case "undefined":
      return 8;
    case "object":
      return value === null ? 8 : estimateObject(value, depth);
    default:
      return 32;
  }
}

/** Bytes of all elements of an array, from a sample. */
export function estimateElements(elements: readonly unknown[]): number {
  return 16 + sampledSum(elements, 0);
}

function estimateObject(value: object, depth: number): number {
  if (ArrayBuffer.isView(value)) return 96 + value.byteLength;
  if (value instanceof ArrayBuffer) return 96 + value.byteLength;
  if (depth >= deepest) return 64;
  if (Array.isArray(value)) return 32 + sampledSum(value, depth + 1);
  if (value instanceof Map) return 64 + value.size * 96;
  if (value instanceof Set) return 64 + value.size * 48;
  let bytes = 32;
  for (const name of Object.keys(value)) {
    bytes += 8 + estimateSize(Object.getOwnPropertyDescriptor(value, name)?.value, depth + 1);
  }
  return bytes;
}

/** The elements of an array: a few, evenly spread, stand for all. */
function sampledSum(elements: readonly unknown[], depth: number): number {
  const step = Math.max(1, Math.ceil(elements.length / sampled));
  let bytes = 0;
  let looked = 0;
  for (let i = 0; i < elements.length; i += step, looked++) bytes += 8 + estimateSize(elements[i], depth);
  return looked === 0 ? 0 : Math.ceil((bytes / looked) * elements.length);
}
