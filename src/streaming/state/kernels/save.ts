/** A state in files: all of it, or what has changed since the last time. */
import { portable } from "../../../closure/portable.ts";
import type { Chunk, Reader } from "../../../plan/plan.ts";
import type { ChainKernel } from "../../../rdd/chaining.ts";
import { partPath, readChunks, writeChunks } from "../../../rdd/kernels/checkpoint.ts";
import { StateTable } from "../state-table.ts";
import { Version, versionOf } from "../version.ts";
import { type BatchGiven, givenOf } from "./given.ts";

/** Where to write, and what. */
export interface SaveGiven extends BatchGiven {
  readonly directory: string;
  /** Only what has changed after this time, in ms; undefined for everything. */
  readonly since?: number | undefined;
}

/** What was written of one partition. */
export interface SavedPart {
  readonly path: string;
  /** Records written, and keys there are. */
  readonly rows: number;
  readonly held: number;
}

const here = import.meta.url;

/**
 * Writes a version's records: `[key, time]` for keys that were removed, `[key, state, stamp]`, at the end `[output]`.
 */
export const savedVersion = portable(
  here,
  "savedVersion",
  (): ChainKernel =>
    (index, [batch, records]) => {
      const given = givenOf<SaveGiven>(batch as Iterable<unknown>);
      return saveVersion(index, given, versionOf(records as Iterable<unknown>));
    },
);

async function* saveVersion(index: number, given: SaveGiven, version: Version): AsyncGenerator<SavedPart> {
  const { directory, since } = given;
  const path = partPath(directory, index);
  let rows = 0;
  const count = function* (): Generator<Chunk> {
    for (const chunk of version.toChunks(since)) {
      rows += chunk.length;
      yield chunk;
    }
  };
  await writeChunks(path, count());
  yield { path, rows, held: version.table.size };
}

/** Reads a partition from its files, the oldest first: the split is their paths. */
export const versionReader = portable(here, "versionReader", () => readVersion as unknown as Reader);

async function* readVersion(paths: readonly string[]): AsyncGenerator<Chunk> {
  const table = new StateTable();
  let outputs: unknown[] = [];
  for (const path of paths) {
    outputs = [];
    for await (const chunk of readChunks(path)) {
      for (const row of chunk as readonly (readonly unknown[])[]) {
        if (row.length === 3) table.set(table.findOrAdd(row[0], row[1], 0), row[1], row[2] as number);
        else if (row.length === 2) remove(table, row[0]);
        else outputs.push(row[0]);
      }
    }
    table.compact();
  }
  yield [new Version(table, outputs)];
}

function remove(table: StateTable, key: unknown): void {
  const entry = table.find(key);
  if (entry !== 0) table.remove(entry);
}
