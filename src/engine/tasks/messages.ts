/** What a worker is told, and what it answers. Between threads these are messages; a worker on Spark makes them from what Spark sends. */
import type { LogRecord } from "../../base/log.ts";
import type { BlockRef, FlatProgram, FnId, MapOutput, TaskFailure, TaskInput } from "../stages/protocol.ts";

export type ToWorker =
  | {
      readonly type: "define";
      readonly functions: readonly { readonly id: FnId; readonly bytes: Uint8Array }[];
      readonly classes: readonly { readonly id: string; readonly bytes: Uint8Array }[];
    }
  | { readonly type: "forget"; readonly functions: readonly FnId[]; readonly programs: readonly number[] }
  | { readonly type: "program"; readonly program: FlatProgram }
  | {
      readonly type: "task";
      readonly taskId: number;
      readonly programId: number;
      readonly stageId: number;
      readonly partition: number;
      readonly attempt: number;
      readonly input: TaskInput;
    }
  /** Stop the task between two chunks; it answers `failed` with `cancelled`. */
  | { readonly type: "cancel"; readonly taskId: number }
  | { readonly type: "unpersist"; readonly nodeId: number }
  /** `encodeValue` of the broadcast value, in shared memory. */
  | { readonly type: "broadcast"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: "unbroadcast"; readonly id: number };

export type FromWorker =
  | { readonly type: "ready" }
  | {
      readonly type: "done";
      readonly taskId: number;
      /** `encodeValue` of the action's value; for `collect` and `take` `encodeBlock` of the records. Undefined for shuffleWrite. */
      readonly value?: Uint8Array;
      readonly output?: MapOutput;
      readonly accumulated: readonly (readonly [id: number, term: Uint8Array])[];
      /** Partitions that are now kept in this worker (`block` undefined) or as shared bytes. */
      readonly kept: readonly { readonly nodeId: number; readonly partition: number; readonly block?: BlockRef }[];
      /** Partitions dropped from this worker for lack of memory. */
      readonly dropped: readonly { readonly nodeId: number; readonly partition: number }[];
    }
  | { readonly type: "failed"; readonly taskId: number; readonly failure: TaskFailure }
  | { readonly type: "log"; readonly record: LogRecord };
