/** Handed to a worker when it starts (`workerData`). */
export interface WorkerStart {
  readonly workerId: number;
  /** The budget for blocks in shared memory; see memory.ts. */
  readonly ledger: SharedArrayBuffer;
  /** Bytes that this worker may keep as deserialized partitions. */
  readonly cacheBytes: number;
  readonly spillDirectory: string;
  /** URL of the user's main script, for closures. */
  readonly mainScript: string | undefined;
}
