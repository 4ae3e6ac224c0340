/** Random numbers that depend on the seed only: the same sample in every run, on every machine, however tasks are spread. */

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** Two 32-bit words of a seed and of the partition it is for, well mixed, start xoroshiro64**. */
export function randomOf(seed: number, partition = 0): Random {
  let a = mix(Math.trunc(seed) | 0, 0x9e3779b9 ^ partition);
  let b = mix(Math.trunc(seed / 0x100000000) ^ a, 0x85ebca6b + partition);
  if ((a | b) === 0) b = 1;
  const word = (): number => {
    const sum = Math.imul(rotate(Math.imul(a, 0x9e3779bb), 5), 5) >>> 0;
    b ^= a;
    a = rotate(a, 26) ^ b ^ (b << 9);
    b = rotate(b, 13);
    return sum;
  };
  return () => (word() * 0x200000 + (word() >>> 11)) / 0x20000000000000;
}

/** How often an event of the given mean rate happened: Poisson's distribution, by multiplication, for large means in parts. */
export function poisson(mean: number, random: Random): number {
  if (mean > 30) return poisson(mean / 2, random) + poisson(mean / 2, random);
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

/** Fisher and Yates: every order equally likely. Changes and returns the array. */
export function shuffled<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const item = items[i] as T;
    items[i] = items[j] as T;
    items[j] = item;
  }
  return items;
}

/** A seed for who gave none. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 0x80000000);
}

/** Spreads every bit of a 32-bit number over all of them. */
export function mix(value: number, salt: number): number {
  let h = value ^ salt;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
