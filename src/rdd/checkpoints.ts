/**
 * RDDs that were marked by `checkpoint()`: after the first job that has one in its lineage its partitions are computed once
 * more and written, and its plan node becomes a source that reads them. What it was computed from can be forgotten then.
 *
 *     <directory>/<uuid of the context>/rdd-<id>/part-00000, part-00001, …
 *
 * `localCheckpoint()` is the same with a private directory that lives as long as the context. Who has a better way to cut a lineage
 * off (streams with state have) brings a `Cut` of its own.
 */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { DStreamsError } from "../base/errors.ts";
import { PrivateDirectory } from "../base/private-directory.ts";
import { parentsOf } from "../plan/plan.ts";
import type { PlanNode, Spec } from "../plan/plan.ts";
import { storageFor } from "../storage/registry.ts";
import type { Driver } from "./driver.ts";
import { checkpointReader, checkpointWriter } from "./kernels/checkpoint.ts";

/** What is known of one RDD's checkpoint. */
export interface Checkpoint {
  readonly local: boolean;
  /** Set when the files are complete. */
  directory?: string;
}

/** What a node that has been computed is read from ever after. */
export type Cut = (node: PlanNode, driver: Driver) => Promise<{ readonly spec: Spec; readonly directory?: string }>;

interface Marked {
  readonly checkpoint: Checkpoint;
  readonly cut: Cut;
}

const reader = checkpointReader();

export class Checkpoints {
  readonly #driver: Driver;
  readonly #marked = new Map<number, Marked>();
  #writing: Promise<void> = Promise.resolve();
  #directory: string | undefined;
  readonly #local = new PrivateDirectory(tmpdir(), "local-checkpoint");

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** True when an RDD is marked and not written yet. */
  get any(): boolean {
    return this.#marked.size > 0;
  }

  /** The directory of this context below what the user set, if that was done. */
  get directory(): string | undefined {
    return this.#directory;
  }

  set directory(base: string) {
    this.#directory = `${base.replace(/\/+$/, "")}/${randomUUID()}`;
  }

  /** From now on jobs look for the RDD. */
  mark(id: number, local: boolean): Checkpoint {
    if (!local && this.#directory === undefined) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_STATE",
        "Checkpoint directory has not been set in the SparkContext. Call sc.setCheckpointDir(directory) first.",
      );
    }
    return this.markToCut(
      id,
      node => this.#toFiles(node, local ? `file:${this.#local.make()}` : (this.#directory as string)),
      local,
    );
  }

  /** The same for who knows how the lineage is to be cut. */
  markToCut(id: number, cut: Cut, local = false): Checkpoint {
    const checkpoint: Checkpoint = { local };
    this.#marked.set(id, { checkpoint, cut });
    return checkpoint;
  }

  /** Looks for the RDD no more: nobody will ask for it. */
  unmark(id: number): void {
    this.#marked.delete(id);
  }

  /** Makes the directory, so that one that cannot be made shows before there is something to write. */
  async prepare(): Promise<void> {
    if (this.#directory !== undefined) await (await storageFor(this.#directory)).mkdirs(this.#directory);
  }

  /** Writes what is marked in the lineage of a plan; one job at a time does so. */
  write(plan: PlanNode): Promise<void> {
    const done = this.#writing.then(async () => {
      for (const node of this.#markedIn(plan)) await this.#writeNode(node);
    });
    this.#writing = done.catch(() => undefined);
    return done;
  }

  /** Removes local checkpoints. */
  clear(): Promise<void> {
    return this.#local.remove();
  }

  /** Nodes to be written, the oldest first: none below one that will cut them off. */
  #markedIn(plan: PlanNode): PlanNode[] {
    const found: PlanNode[] = [];
    const seen = new Set<PlanNode>();
    const pending = [plan];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (this.#marked.has(node.id)) found.push(node);
      else pending.push(...parentsOf(node));
    }
    return found.sort((a, b) => a.id - b.id);
  }

  async #writeNode(node: PlanNode): Promise<void> {
    const marked = this.#marked.get(node.id);
    if (marked === undefined) return;
    const { spec, directory } = await marked.cut(node, this.#driver);
    node.spec = spec;
    this.#marked.delete(node.id);
    if (directory !== undefined) marked.checkpoint.directory = directory;
  }

  async #toFiles(node: PlanNode, base: string): Promise<{ spec: Spec; directory: string }> {
    const directory = `${base}/rdd-${node.id}`;
    const storage = await storageFor(directory);
    await storage.mkdirs(directory);
    const action = { kind: "partition", fn: checkpointWriter(directory) } as const;
    const paths = (await this.#driver.runNode(node, action, node.site)) as string[];
    return { spec: { kind: "source", splits: paths, reader }, directory: storage.qualify(directory) };
  }
}
