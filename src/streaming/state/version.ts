/**
 * The state of one partition as of one batch: what the RDD of a stateful stream holds, one a partition.
 *
 *     T-1: Version ── take() ──▶ table, changed in place ──▶ T: Version          T-1 is no longer valid
 *
 * Who reads a version while a task takes it (two uses of one state in one task) keeps it: the next one then gets a copy.
 *
 * Outside the heap of its worker a version is plain records: `[key, time]` for each key that was removed and is not yet saved as such,
 * `[key, state, stamp]` for each key, and `[output]` for what the batch put out. `versionOf` takes either form, so that nobody else need
 * know which it is.
 */
import { estimateElements, estimateSize } from "../../codec/estimate.ts";
import type { Chunk } from "../../plan/plan.ts";
import { Resident, ResidentLost } from "../../plan/resident.ts";
import { StateTable } from "./state-table.ts";

/** Records in a chunk, and so in a block or a piece of a file; fewer when they are large. */
const chunkSize = 2048;
const chunkBytes = 4 << 20;

export class Version extends Resident {
  #table: StateTable | undefined;
  #readers = 0;
  readonly #outputs: readonly unknown[];

  /** @param outputs what the batch yields besides its state (`mapWithState`) */
  constructor(table: StateTable, outputs: readonly unknown[] = []) {
    super();
    this.#table = table;
    this.#outputs = outputs;
  }

  override get isValid(): boolean {
    return this.#table !== undefined;
  }

  override get bytes(): number {
    const table = this.#table;
    return table === undefined ? 0 : table.bytes(estimateSize) + estimateElements(this.#outputs);
  }

  /** To be read, and only while nobody takes it. */
  get table(): StateTable {
    if (this.#table === undefined) throw new ResidentLost(this);
    return this.#table;
  }

  get outputs(): readonly unknown[] {
    if (this.#table === undefined) throw new ResidentLost(this);
    return this.#outputs;
  }

  /** The table, to be changed: this version is over. Should the change fail, the state is computed again from its lineage. */
  take(): StateTable {
    const { table } = this;
    if (this.#readers > 0) return table.copy();
    this.#table = undefined;
    table.compact();
    return table;
  }

  /** What `see` makes of each entry, one when it is asked for. Until the last, or `return`, the version cannot be taken. */
  read<R>(see: (table: StateTable, entry: number) => R): IterableIterator<R> {
    const { table } = this;
    let entry = 0;
    let open = true;
    this.#readers++;
    const end = (): IteratorResult<R> => {
      if (open) this.#readers--;
      open = false;
      return { done: true, value: undefined };
    };
    const next = (): IteratorResult<R> => {
      while (open && ++entry < table.end) if (table.isUsed(entry)) return { done: false, value: see(table, entry) };
      return end();
    };
    return {
      next() {
        try {
          return next();
        } catch (error) {
          end();
          throw error;
        }
      },
      return: end,
      [Symbol.iterator]() {
        return this;
      },
    };
  }

  /** @param since leaves out keys that were last touched, or removed, at this time or before */
  override *toChunks(since = Number.NEGATIVE_INFINITY): Generator<Chunk> {
    let chunk: unknown[] = [];
    let bytes = 0;
    for (const record of this.#toRecords(since)) {
      bytes += estimateSize(record);
      if (chunk.push(record) < chunkSize && bytes < chunkBytes) continue;
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    yield chunk;
  }

  *#toRecords(since: number): Generator<unknown> {
    const { table } = this;
    yield* table.removalsAfter(since);
    for (let entry = 1; entry < table.end; entry++) {
      if (table.isUsed(entry) && table.stamp(entry) > since)
        yield [table.key(entry), table.state(entry), table.stamp(entry)];
    }
    for (const output of this.#outputs) yield [output];
  }
}

/** The version that a partition holds, in whichever form; an empty one for no records. */
export function versionOf(records: Iterable<unknown>): Version {
  const table = new StateTable();
  const outputs: unknown[] = [];
  for (const record of records) {
    if (record instanceof Version) return record;
    const [first, state, stamp] = record as readonly [unknown, unknown, number];
    const { length } = record as readonly unknown[];
    if (length === 1) outputs.push(first);
    else if (length === 2) table.noteRemoval(first, state as number);
    else table.findOrAdd(first, state, stamp);
  }
  return new Version(table, outputs);
}
