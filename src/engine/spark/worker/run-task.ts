/**
 * What a worker on Spark does with a task: what worker threads do with theirs. Only where the bytes come from, and where they go, is
 * different.
 *
 *     command ─▶ Learned ─▶ program, functions, broadcasts ┐
 *     input ──▶ Received ─▶ order with blocks ─────────────┴─▶ TaskRunner ─▶ value | blocks ─▶ frames
 */
import { tmpdir } from "node:os";
import { provideOwnPackage } from "../../../base/own-package.ts";
import { classTable } from "../../../closure/classes.ts";
import { useMirror } from "../../../closure/mirror.ts";
import { encodeValue, setClassTable } from "../../../codec/block.ts";
import { setFilesDirectory } from "../../files-directory.ts";
import type { MapOutput } from "../../stages/protocol.ts";
import { BlockReader, BlockStore } from "../../tasks/block-store.ts";
import { MemoryLedger } from "../../tasks/memory.ts";
import type { FromWorker } from "../../tasks/messages.ts";
import { PartitionCache } from "../../tasks/partition-cache.ts";
import { TaskRunner } from "../../tasks/task-runner.ts";
import { type Scene, writeFailure } from "../failure-text.ts";
import { type TaskOrder, frameBytes, writeHead } from "../frames.ts";
import { Learned } from "./learned.ts";
import { blockBytes } from "./memory.ts";
import { Received } from "./received.ts";
import { type IncomingTask, type RunTask, TaskFailed, type TaskOutcome } from "./task.ts";

type Done = Extract<FromWorker, { type: "done" }>;

class Session {
  readonly #store = new BlockStore(MemoryLedger.create(blockBytes(process.env)), spillDirectory(), process.pid);
  readonly #runner = new TaskRunner(this.#store, new PartitionCache(0), () => {});
  readonly #learned = new Learned(this.#runner);

  async run(task: IncomingTask): Promise<TaskOutcome> {
    setFilesDirectory(task.filesDirectory);
    const programId = this.#learned.prepare(task);
    const received = new Received(this.#store);
    try {
      for await (const frames of task.input) for (const frame of frames) received.add(frame);
      const order = received.finish();
      const { attempt, stageId, taskAttemptId: taskId } = task;
      const { partition, input } = order;
      // To the daemon, which speaks for this process when it cannot any more.
      process.send?.({ stageId, partition, attempt } satisfies Scene);
      const answer = await this.#runner.run({ type: "task", taskId, programId, stageId, partition, attempt, input });
      if (answer.type === "failed") throw new TaskFailed(writeFailure(answer.failure, { stageId, partition, attempt }));
      return this.#outcome(answer as Done, order);
    } finally {
      received.discard();
    }
  }

  #outcome({ value, output, accumulated }: Done, { keptAs, partition }: TaskOrder): TaskOutcome {
    const updates = accumulated.map(each => encodeValue(each));
    if (output === undefined || keptAs === undefined) return { frames: [[value ?? new Uint8Array()]], updates };
    return { frames: this.#blocks(output, keptAs, partition), updates };
  }

  /** A map output, frame by frame: for a shuffle two by two, where to and what; of a kept partition the bytes alone. */
  *#blocks(
    output: MapOutput,
    { node, kind }: NonNullable<TaskOrder["keptAs"]>,
    partition: number,
  ): Generator<readonly Uint8Array[]> {
    const { offsets, ...place } = output;
    const isShuffle = kind === "shuffle";
    const reader = new BlockReader({ ...place, start: 0, end: offsets.at(-1) ?? 0 });
    try {
      for (let part = 0; part < offsets.length - 1; part++) {
        const end = offsets[part + 1] ?? 0;
        let seq = 0;
        for (let at = offsets[part] ?? 0; at < end; at += frameBytes) {
          if (isShuffle) yield [placeOf(part)];
          const head = { node, partition: isShuffle ? part : partition, map: isShuffle ? partition : 0, seq: seq++ };
          yield [writeHead(head), reader.read(at, Math.min(end, at + frameBytes))];
        }
      }
    } finally {
      reader.close();
      this.#store.discard(output);
    }
  }
}

/** A shuffle's frames come in pairs; the first says which partition the second is for. */
function placeOf(part: number): Buffer {
  const place = Buffer.alloc(8);
  place.writeUInt32BE(part, 4);
  return place;
}

/** Spark's own: what is left there when this process is killed goes with the application. */
function spillDirectory(): string {
  return process.env["SPARK_LOCAL_DIRS"]?.split(",")[0] || tmpdir();
}

let session: Session | undefined;

/** Tasks of one process come one at a time. */
export const runTask: RunTask = async task => {
  if (session === undefined) {
    setClassTable(classTable);
    provideOwnPackage();
    const mirror = process.env["DSTREAMS_MIRROR"];
    if (mirror !== undefined) useMirror(mirror);
    session = new Session();
  }
  return session.run(task);
};
