/** The public door: `import { SparkContext, StreamingContext } from "dstreams"`. */
export { DStreamsError } from "./base/errors.ts";
export type { ErrorCode } from "./base/errors.ts";
export { SparkConf } from "./conf/spark-conf.ts";
export { StorageLevel } from "./engine/storage-level.ts";
export { TaskContext } from "./engine/task-context.ts";
export type { JobInfo, StageInfo } from "./engine/engine.ts";
export type { PartitionRecords } from "./plan/plan.ts";
export { Accumulator } from "./rdd/accumulator.ts";
export type { AccumulatorParam } from "./rdd/accumulator.ts";
export { Broadcast } from "./rdd/broadcast.ts";
export { RDD } from "./rdd/rdd.ts";
export { SparkContext } from "./rdd/spark-context.ts";
export { SparkFiles } from "./rdd/spark-files.ts";
export { StatCounter } from "./rdd/stat-counter.ts";
export type { StatusTracker } from "./rdd/status-tracker.ts";
