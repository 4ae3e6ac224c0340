/**
 * The hash of a string: Java's `String.hashCode`, over UTF-16 code units, as a signed 32-bit integer. Placement in a hash
 * shuffle is therefore Spark's. Short enough for V8 to inline; generated loops may also repeat its three lines.
 *
 * Its low bits are poor (neighbouring words get neighbouring hashes), so a table that masks it should `spread` it first.
 */
export function hashString(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** Mixes all 32 bits of a hash into its low bits, for tables whose size is a power of two. Bijective. */
export function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return mixed ^ (mixed >>> 15);
}
