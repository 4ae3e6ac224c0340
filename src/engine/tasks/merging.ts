/** The functions of a combine, as they are used on either side of a shuffle, and the loops that absorb rows into a table. */
import type { Column } from "../../codec/block.ts";
import type { KeyTable } from "../../codec/key-table.ts";
import type { Fn } from "../../plan/plan.ts";
import type { CombineProgram, FnId } from "../stages/protocol.ts";
import { mixText, probeText, tableNames, tableVariables } from "./table-text.ts";
import { blame } from "./failures.ts";
import { canGenerate } from "./make-loop.ts";

export interface Merging {
  /** The first value of a key becomes a combined one. */
  readonly create: (value: unknown) => unknown;
  /** A further value joins. */
  readonly merge: (combined: unknown, value: unknown) => unknown;
  readonly site: string;
}

const same = (value: unknown): unknown => value;
const alone = (value: unknown): unknown[] => [value];
const append = (all: unknown, value: unknown): unknown => {
  (all as unknown[]).push(value);
  return all;
};

/** True when values are merged before they are sent. */
export function mergesOnMapSide(combine: CombineProgram): boolean {
  return combine.kind === "reduce" || (combine.kind === "general" && combine.mapSide);
}

/** How single values join. */
export function mergingOfValues(combine: CombineProgram, functions: (id: FnId) => Fn): Merging {
  switch (combine.kind) {
    case "reduce":
      return { create: same, merge: functions(combine.fn), site: combine.site };
    case "group":
      return { create: alone, merge: append, site: combine.site };
    case "general":
      return { create: functions(combine.create), merge: functions(combine.mergeValue), site: combine.site };
  }
}

/** What the reduce side does with the values it reads: combined ones, or single ones where the map side did nothing. */
export function mergingOfReads(combine: CombineProgram, functions: (id: FnId) => Fn): Merging {
  if (combine.kind !== "general" || !combine.mapSide) return mergingOfValues(combine, functions);
  return { create: same, merge: functions(combine.mergeCombiners), site: combine.site };
}

/** Puts rows `[from, to)` of three columns into the table. */
export type Absorb = (
  table: KeyTable,
  keys: Column,
  values: Column,
  hashes: ArrayLike<number>,
  from: number,
  to: number,
) => void;

/** Made anew for every program, so that its `merge` call sees one function only. */
export function makeAbsorb(id: number, merging: Merging): Absorb {
  const { create, merge, site } = merging;
  if (!canGenerate()) return absorbPlainly(merging);
  const names = {
    ...tableNames,
    create,
    merge,
    fail: (error: unknown, key: unknown, value: unknown) => blame(error, site, [key, value]),
  };
  const body = [
    '"use strict";',
    `return function absorb${id}(t, ks, vs, hs, from, to) {`,
    `  ${tableVariables}`,
    "  for (let i = from; i < to; i++) {",
    "    const k = ks[i], v = vs[i], h = hs[i];",
    "    try {",
    ...[...mixText, ...probeText("k", "v")].map(line => `      ${line}`),
    "    } catch (e) {",
    "      throw fail(e, k, v);",
    "    }",
    "  }",
    "};",
    `//# sourceURL=dstreams-stage-${id}`,
  ].join("\n");
  return new Function(...Object.keys(names), body)(...Object.values(names)) as Absorb;
}

function absorbPlainly({ create, merge, site }: Merging): Absorb {
  return (table, keys, values, hashes, from, to) => {
    for (let i = from; i < to; i++) {
      try {
        const entry = table.find(keys[i], hashes[i] as number);
        if (entry === 0) table.insert(keys[i], hashes[i] as number, create(values[i]));
        else table.values[entry] = merge(table.values[entry], values[i]);
      } catch (error) {
        throw blame(error, site, [keys[i], values[i]]);
      }
    }
  };
}
