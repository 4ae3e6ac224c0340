import type { Chunk } from "./plan.ts";

/**
 * A record that lives where its partition does: the table of a state, handed on from one batch's RDD to the next without
 * being written out.
 *
 *     RDD of batch T-1           RDD of batch T
 *     partition p: [resident] ──takes the table over──▶ [resident]        in the same worker's heap: costs nothing
 *                  no longer valid                      valid
 *
 * An engine keeps a partition that holds one as it is, and where the partition must become bytes (to go to another worker, to
 * disk, to another machine) writes the plain records of `toChunks` instead. Whoever reads such a partition therefore takes
 * both forms. A resident that is no longer valid is as good as lost: the partition is computed again from its lineage.
 */
export abstract class Resident {
  /** False once another has taken over what this one held, or a task has failed in the middle of changing it. */
  abstract readonly isValid: boolean;
  /** Heap that it holds, in bytes, about. */
  abstract readonly bytes: number;
  /** What stands for it outside this heap. Throws ResidentLost when it is not valid. */
  abstract toChunks(): Iterable<Chunk>;
}

/** Thrown when a resident is read that is no longer valid. An engine computes its partition again. */
export class ResidentLost extends Error {
  readonly resident: Resident;

  constructor(resident: Resident) {
    super("the state of a batch was read after a later batch had taken it over");
    this.resident = resident;
  }
}
