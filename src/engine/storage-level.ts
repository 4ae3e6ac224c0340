/**
 * How a persisted RDD is kept: in memory, on disk, or in memory with what does not fit on disk; as JavaScript values or as bytes.
 * Immutable. The constants have Spark's names and meanings; `_2` and `_3` ask for copies, of which one is kept on one machine.
 *
 * @example
 * ```ts
 * import { SparkContext, StorageLevel } from "dstreams";
 * await using sc = new SparkContext("local[2]", "Kept");
 * const lengths = sc.parallelize(["a", "bb"]).map(word => word.length).persist(StorageLevel.MEMORY_AND_DISK);
 * console.log(await lengths.sum(), await lengths.max(), String(lengths.getStorageLevel()));
 * ```
 * ```text
 * 3 2 Disk Memory Deserialized 1x Replicated
 * ```
 */
export class StorageLevel {
  /** In files of the spill directory, at once or when memory does not suffice. */
  readonly useDisk: boolean;
  /** In memory, within the budget. */
  readonly useMemory: boolean;
  /** Bytes are outside of any heap here in any case; kept for the name's sake. */
  readonly useOffHeap: boolean;
  /** True: JavaScript values in the heap of the worker that made them. False: encoded blocks, outside any heap. */
  readonly deserialized: boolean;
  /** Copies on a cluster; on one machine one copy is kept whatever is asked. */
  readonly replication: number;

  constructor(useDisk: boolean, useMemory: boolean, useOffHeap: boolean, deserialized: boolean, replication = 1) {
    this.useDisk = useDisk;
    this.useMemory = useMemory;
    this.useOffHeap = useOffHeap;
    this.deserialized = deserialized;
    this.replication = replication;
    Object.freeze(this);
  }

  /** Not kept. */
  static readonly NONE = new StorageLevel(false, false, false, false);
  /** In files. */
  static readonly DISK_ONLY = new StorageLevel(true, false, false, false);
  /** DISK_ONLY, twice on a cluster. */
  static readonly DISK_ONLY_2 = new StorageLevel(true, false, false, false, 2);
  /** DISK_ONLY, three times on a cluster. */
  static readonly DISK_ONLY_3 = new StorageLevel(true, false, false, false, 3);
  /** JavaScript values; what does not fit is computed again. */
  static readonly MEMORY_ONLY = new StorageLevel(false, true, false, true);
  /** MEMORY_ONLY, twice on a cluster. */
  static readonly MEMORY_ONLY_2 = new StorageLevel(false, true, false, true, 2);
  /** Bytes in shared memory; what does not fit is computed again. */
  static readonly MEMORY_ONLY_SER = new StorageLevel(false, true, false, false);
  /** MEMORY_ONLY_SER, twice on a cluster. */
  static readonly MEMORY_ONLY_SER_2 = new StorageLevel(false, true, false, false, 2);
  /** JavaScript values; what does not fit goes to files. */
  static readonly MEMORY_AND_DISK = new StorageLevel(true, true, false, true);
  /** MEMORY_AND_DISK, twice on a cluster. */
  static readonly MEMORY_AND_DISK_2 = new StorageLevel(true, true, false, true, 2);
  /** Bytes in shared memory; what does not fit goes to files. */
  static readonly MEMORY_AND_DISK_SER = new StorageLevel(true, true, false, false);
  /** MEMORY_AND_DISK_SER, twice on a cluster. */
  static readonly MEMORY_AND_DISK_SER_2 = new StorageLevel(true, true, false, false, 2);
  /** MEMORY_AND_DISK, by the name of PySpark. */
  static readonly MEMORY_AND_DISK_DESER = new StorageLevel(true, true, false, true);
  /** MEMORY_AND_DISK_SER, since bytes are outside of any heap. */
  static readonly OFF_HEAP = new StorageLevel(true, true, true, false);

  /** True when something is kept at all. */
  get isKept(): boolean {
    return this.useDisk || this.useMemory;
  }

  /** True when all fields are the same. */
  equals(other: StorageLevel): boolean {
    return (
      this.useDisk === other.useDisk &&
      this.useMemory === other.useMemory &&
      this.useOffHeap === other.useOffHeap &&
      this.deserialized === other.deserialized &&
      this.replication === other.replication
    );
  }

  /** `Disk Memory Deserialized 1x Replicated`, as PySpark prints it. */
  toString(): string {
    const words: string[] = [];
    if (this.useDisk) words.push("Disk");
    if (this.useMemory) words.push("Memory");
    if (this.useOffHeap) words.push("OffHeap");
    words.push(this.deserialized ? "Deserialized" : "Serialized");
    return `${words.join(" ")} ${this.replication}x Replicated`;
  }
}
