/** How a persisted RDD is kept. Immutable; use the constants on `StorageLevel`. */
export class StorageLevel {
  readonly useDisk: boolean;
  readonly useMemory: boolean;
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

  static readonly NONE = new StorageLevel(false, false, false, false);
  static readonly DISK_ONLY = new StorageLevel(true, false, false, false);
  static readonly DISK_ONLY_2 = new StorageLevel(true, false, false, false, 2);
  static readonly DISK_ONLY_3 = new StorageLevel(true, false, false, false, 3);
  static readonly MEMORY_ONLY = new StorageLevel(false, true, false, true);
  static readonly MEMORY_ONLY_2 = new StorageLevel(false, true, false, true, 2);
  static readonly MEMORY_ONLY_SER = new StorageLevel(false, true, false, false);
  static readonly MEMORY_ONLY_SER_2 = new StorageLevel(false, true, false, false, 2);
  static readonly MEMORY_AND_DISK = new StorageLevel(true, true, false, true);
  static readonly MEMORY_AND_DISK_2 = new StorageLevel(true, true, false, true, 2);
  static readonly MEMORY_AND_DISK_SER = new StorageLevel(true, true, false, false);
  static readonly MEMORY_AND_DISK_SER_2 = new StorageLevel(true, true, false, false, 2);
  static readonly MEMORY_AND_DISK_DESER = new StorageLevel(true, true, false, true);
  static readonly OFF_HEAP = new StorageLevel(true, true, true, false);

  /** True when something is kept at all. */
  get isKept(): boolean {
    return this.useDisk || this.useMemory;
  }

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
