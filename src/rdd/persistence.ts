/** What is kept of an RDD beyond a job: cached partitions, checkpoints. */
import { DStreamsError } from "../base/errors.ts";
import { StorageLevel } from "../engine/storage-level.ts";
import type { Checkpoint, Cut } from "./checkpoints.ts";
import { debugString } from "./debug-string.ts";
import { Lineage } from "./lineage.ts";

export abstract class Persistence extends Lineage {
  #checkpoint: Checkpoint | undefined;

  /** Keeps the partitions in memory, once they have been computed: `persist(StorageLevel.MEMORY_ONLY)`. */
  cache(): this {
    return this.persist();
  }

  /**
   * Keeps the partitions, once they have been computed, for the actions that come after.
   *
   * @param level where and how (default MEMORY_ONLY)
   * @throws DSTREAMS_UNSUPPORTED when the RDD has another level already
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    const before = this.getStorageLevel();
    if (before.isKept && !before.equals(level)) {
      throw new DStreamsError(
        "DSTREAMS_UNSUPPORTED",
        "Cannot change storage level of an RDD after it was already assigned a level. Call unpersist() first.",
      );
    }
    if (before.isKept || !level.isKept) return this;
    this.context.driver.persist(this.id(), level);
    this.cleanUp();
    return this;
  }

  /** Forgets the kept partitions; resolves when they are gone. */
  async unpersist(): Promise<this> {
    await this.context.driver.unpersist(this.id());
    return this;
  }

  /** The level given by `persist` or `cache`; NONE without. */
  getStorageLevel(): StorageLevel {
    return this.context.driver.persisted.get(this.id()) ?? StorageLevel.NONE;
  }

  /** True when the RDD is to be kept. */
  get is_cached(): boolean {
    return this.getStorageLevel().isKept;
  }

  /**
   * Marks the RDD to be written below the directory of `sc.setCheckpointDir`, after the first job that computes it. From then
   * on it is read from there, and what it was computed from is forgotten. It is computed twice, so `cache()` it first.
   *
   * @throws DSTREAMS_ILLEGAL_STATE when no directory is set
   */
  checkpoint(): void {
    this.#checkpoint ??= this.context.driver.checkpoints.mark(this.id(), false);
  }

  /** The same into a private directory that is removed with the context: shortens a lineage, but survives nothing. */
  localCheckpoint(): void {
    this.#checkpoint ??= this.context.driver.checkpoints.mark(this.id(), true);
  }

  /** Marks the RDD to be cut off from its lineage, in this way, after the first job that computes it. @internal */
  cutLineage(cut: Cut): void {
    this.#checkpoint ??= this.context.driver.checkpoints.markToCut(this.id(), cut);
  }

  /** True once the checkpoint has been written. */
  isCheckpointed(): boolean {
    return this.#checkpoint?.directory !== undefined;
  }

  /** True when the RDD is marked by `localCheckpoint`. */
  isLocallyCheckpointed(): boolean {
    return this.#checkpoint?.local === true;
  }

  /** The directory of the checkpoint, once it has been written. */
  getCheckpointFile(): string | undefined {
    return this.#checkpoint?.directory;
  }

  /** The lineage, one RDD a line, shuffles indented, in Spark's form. */
  async toDebugString(): Promise<string> {
    return debugString(await this.plan(), this.context.driver);
  }

  /** Nobody will ask for it any more: lets go of what the engine keeps for shuffles of this lineage. @internal */
  release(): void {
    this.context.driver.checkpoints.unmark(this.id());
    if (this.node !== undefined && !this.context.driver.stopped) this.context.driver.engine.release(this.node);
  }
}
