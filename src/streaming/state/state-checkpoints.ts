/**
 * The checkpoints of one stateful stream: now and then the whole state, in between only what has changed.
 *
 *     <checkpoint directory>/<uuid>/<operator>/<batch time>/part-00000 …
 *
 *     T=10  everything   ────────────┐
 *     T=20  keys touched since 10  ──┤
 *     T=30  keys touched since 20  ──┴──▶ the state at 30 is read from all three
 *     T=40  everything: what had changed in between has come to half of what is held
 *
 * So a checkpoint's cost follows the keys touched too. A directory is removed when it is of no use to a batch that is remembered.
 */
import type { Cut } from "../../rdd/checkpoints.ts";
import { linkSpec } from "../../rdd/chaining.ts";
import type { RDD } from "../../rdd/rdd.ts";
import { nextNodeId } from "../../plan/plan.ts";
import type { PlanNode } from "../../plan/plan.ts";
import type { Partitioner } from "../../plan/partitioner.ts";
import { removeDirectory } from "../checkpoint-data.ts";
import type { StreamCheckpoints } from "../checkpoint-data.ts";
import type { Time } from "../time.ts";
import { savedVersion, versionReader } from "./kernels/save.ts";
import type { SavedPart, SaveGiven } from "./kernels/save.ts";

const save = savedVersion();
const reader = versionReader();

/** Files that a state is read from at most. */
const longestChain = 20;

interface Save {
  readonly time: number;
  readonly directories: readonly string[];
  /** By partition, the oldest first. */
  readonly files: readonly (readonly string[])[];
  /** Rows written since the last time everything was, and keys held. */
  readonly changed: number;
  readonly held: number;
}

export class StateCheckpoints implements StreamCheckpoints {
  readonly #operatorId: string;
  /** In order of time. */
  #saves: Save[] = [];
  /** Time of the last batch that has been marked, in ms. */
  #markedAt = Number.NEGATIVE_INFINITY;

  constructor(operatorId: string) {
    this.#operatorId = operatorId;
  }

  /** Time of the last batch that has been saved, in ms. */
  get savedAt(): number | undefined {
    return this.#saves.at(-1)?.time;
  }

  /** Each time once. A state that is made again, long after it was forgotten, comes from other inputs: nothing may build upon it. */
  mark(rdd: RDD<unknown>, { milliseconds: time }: Time): void {
    if (time <= this.#markedAt) return;
    this.#markedAt = time;
    rdd.cutLineage(this.#cutAt(time));
  }

  forget(time: number): void {
    // What comes right after `time` is still remembered, and is made from the last save up to it.
    const oldest = this.#saves.findLastIndex(each => each.time <= time);
    const staying = this.#saves.slice(Math.max(0, oldest));
    const needed = new Set(staying.flatMap(each => each.directories));
    const all = new Set(this.#saves.flatMap(each => each.directories));
    this.#saves = staying;
    for (const directory of all) if (!needed.has(directory)) removeDirectory(directory);
  }

  #cutAt(time: number): Cut {
    return async (node, driver) => {
      const last = this.#saves.findLast(each => each.time < time);
      const base = last !== undefined && canGrow(last, node) ? last : undefined;
      const directory = `${driver.checkpoints.directory}/${this.#operatorId}/${time}`;
      const saving = savingNode(node, { time, directory, since: base?.time });
      const parts = (await driver.runNode(saving, { kind: "collect" }, node.site)) as [SavedPart][];
      const rows = parts.reduce((sum, [part]) => sum + part.rows, 0);
      const files = parts.map(([part], p) => [...(base?.files[p] ?? []), part.path]);
      this.#saves.push({
        time,
        directories: [...(base?.directories ?? []), directory],
        files,
        changed: base === undefined ? 0 : base.changed + rows,
        held: parts.reduce((sum, [part]) => sum + part.held, 0),
      });
      this.#saves.sort((a, b) => a.time - b.time);
      return { spec: { kind: "source", splits: files, reader }, directory };
    };
  }
}

/** True when the save may be one of changes only, upon this one. */
function canGrow(last: Save, node: PlanNode): boolean {
  return (
    last.files.length === node.numPartitions && last.directories.length < longestChain && last.changed <= last.held / 2
  );
}

/** A node that writes the partitions of another one. */
function savingNode(node: PlanNode, given: SaveGiven): PlanNode {
  const partitioner = node.partitioner as Partitioner;
  const spec = linkSpec(node.site, [node], given, save, partitioner);
  return { id: nextNodeId(), site: node.site, numPartitions: node.numPartitions, partitioner, spec };
}
