/**
 * What the map side of each shuffle has left behind: for every map partition one buffer or file, cut into the parts of the
 * reduce partitions. References only; the bytes are shared memory or spill files. Kept until the shuffle's node can no
 * longer be reached, or is released; computed anew if needed after all.
 */
import type { PlanNode } from "../../plan/plan.ts";
import type { Outputs } from "../stages/holdings.ts";
import type { BlockRef, MapOutput } from "../stages/protocol.ts";

/** The output of a map partition that is known to hold no records. */
export const noOutput: MapOutput = { offsets: new Float64Array(0) };

const none: readonly number[] = [];

interface Shuffle {
  readonly outputs: (MapOutput | undefined)[];
  missing: number;
}

export class MapOutputs implements Outputs {
  readonly #shuffles = new Map<number, Shuffle>();
  readonly #free: (output: MapOutput) => void;
  readonly #unreachable = new FinalizationRegistry<number>(id => this.drop(id));

  /** @param free gives back the memory or the file of an output */
  constructor(free: (output: MapOutput) => void) {
    this.#free = free;
  }

  /** How many shuffles have outputs. */
  get size(): number {
    return this.#shuffles.size;
  }

  /** The map partitions that have to be computed. */
  missing(shuffle: PlanNode): readonly number[] {
    const known = this.#shuffles.get(shuffle.id);
    if (known === undefined) return Array.from({ length: mapPartitions(shuffle) }, (_, partition) => partition);
    if (known.missing === 0) return none;
    return [...known.outputs.keys()].filter(partition => known.outputs[partition] === undefined);
  }

  set(shuffle: PlanNode, partition: number, output: MapOutput): void {
    let known = this.#shuffles.get(shuffle.id);
    if (known === undefined) {
      const count = mapPartitions(shuffle);
      known = { outputs: Array.from({ length: count }, () => undefined), missing: count };
      this.#shuffles.set(shuffle.id, known);
      this.#unreachable.register(shuffle, shuffle.id);
    }
    const old = known.outputs[partition];
    if (old === undefined) known.missing--;
    else this.#free(old);
    known.outputs[partition] = output;
  }

  /** The parts of one reduce partition, in the order of the map partitions, empty ones left out. */
  blocks(shuffle: PlanNode, reduce: number): BlockRef[] {
    const blocks: BlockRef[] = [];
    for (const output of this.#shuffles.get(shuffle.id)?.outputs ?? []) {
      if (output === undefined) continue;
      const [start = 0, end = 0] = output.offsets.subarray(reduce, reduce + 2);
      if (end > start)
        blocks.push({ ...(output.buffer ? { buffer: output.buffer } : { file: output.file as string }), start, end });
    }
    return blocks;
  }

  /** True when no map partition has a record for the reduce partition. */
  isEmpty(shuffle: PlanNode, reduce: number): boolean {
    for (const output of this.#shuffles.get(shuffle.id)?.outputs ?? []) {
      if (output !== undefined && (output.offsets[reduce + 1] ?? 0) > (output.offsets[reduce] ?? 0)) return false;
    }
    return true;
  }

  drop(shuffleId: number): void {
    for (const output of this.#shuffles.get(shuffleId)?.outputs ?? []) if (output !== undefined) this.#free(output);
    this.#shuffles.delete(shuffleId);
  }

  clear(): void {
    for (const id of [...this.#shuffles.keys()]) this.drop(id);
  }
}

function mapPartitions(shuffle: PlanNode): number {
  return shuffle.spec.kind === "shuffle" ? shuffle.spec.parent.numPartitions : 0;
}
