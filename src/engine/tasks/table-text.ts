/** How generated loops search a KeyTable: the text of it, and what that refers to. Whatever is rare is left to the table's methods. */
import { keysEqual } from "../../codec/equality.ts";
import { hashKey } from "../../codec/hash.ts";

/** Computes `h`, the hash of the key `k`, and `m`, the same with its bits mixed. */
export function hashText(k: string): string[] {
  return [
    "let h = 0;",
    `if (typeof ${k} === "string") {`,
    `  for (let c = 0; c < ${k}.length; c++) h = (imul(h, 31) + ${k}.charCodeAt(c)) | 0;`,
    `} else if (typeof ${k} !== "number" || (h = ${k} | 0) !== ${k}) h = hashKey(${k});`,
    ...mixText,
  ];
}

/** `m` from `h`: `spread`, written out. */
export const mixText: readonly string[] = ["let m = imul(h ^ (h >>> 16), 0x45d9f3b);", "m ^= m >>> 15;"];

/** Searches the table `t` (its fields in variables) for `k` with `h` and `m`, and merges `v` or inserts it. */
export function probeText(k: string, v: string): string[] {
  return [
    "let p = m & mask, e;",
    `while ((e = slots[2 * p + 1]) !== 0 && (slots[2 * p] !== h || (keys[e] !== ${k} && (typeof ${k} === "string" || !keysEqual(keys[e], ${k}))))) p = (p + 1) & mask;`,
    `if (e !== 0) values[e] = merge(values[e], ${v});`,
    "else {",
    `  t.insert(${k}, h, create(${v}));`,
    "  slots = t.slots; mask = t.mask;",
    "}",
  ];
}

/** The variables `probeText` uses. */
export const tableVariables = "const keys = t.keys, values = t.values; let slots = t.slots, mask = t.mask;";

/** What the texts above refer to by name. */
export const tableNames = { imul: Math.imul, hashKey, keysEqual };
