/** A stage program, compiled: how one of its tasks runs, from its input to the value or map output it leaves. */
import { encodeBlock, encodeValue } from "../../codec/block.ts";
import type { Chunk, Fn, NumberRange } from "../../plan/plan.ts";
import type { FlatProgram, FnId, MapOutput, Sink, StageProgram, TaskInput } from "../stages/protocol.ts";
import { expandProgram } from "../stages/program.ts";
import { BlockWriter } from "./block-writer.ts";
import { type Chunks, type Maybe, drain, isPromise, then, throughEmitter } from "./chunks.ts";
import { blame } from "./failures.ts";
import type { FusedStep, NumberLoop, Tail } from "./fused.ts";
import { makeEmitter, makeLoop, makeNumberLoop } from "./make-loop.ts";
import { addChunk } from "./persist.ts";
import { PipelineCompiler } from "./pipeline.ts";
import { Records, readableBy } from "./records.ts";
import { compileShuffleWrite } from "./shuffle-write.ts";
import { countTail, foldTail, gatherTail, reduceTail } from "./sinks.ts";
import type { TaskRun } from "./task-run.ts";
import { called } from "./watched.ts";

export interface Outcome {
  readonly value?: Uint8Array;
  readonly output?: MapOutput;
}

/** Runs one task. */
export type Stage = (input: TaskInput, task: TaskRun) => Maybe<Outcome>;

/** Reads a stream to its end, or as far as needed. */
type Finish = (chunks: Chunks, task: TaskRun) => Maybe<Outcome>;

/** All functions that a program names. */
export function functionsOf({ nodes, sink }: FlatProgram): FnId[] {
  const ids = new Set<FnId>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "number") {
      if (functionFields.has(key)) ids.add(value);
    } else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
      for (const [name, inner] of Object.entries(value)) visit(inner, name);
    }
  };
  for (const node of [...nodes, sink]) visit(node, "");
  return [...ids];
}

/** The fields of programs that hold function ids; sorting and placing call theirs `key`. */
const functionFields = new Set(["fn", "reader", "create", "mergeValue", "mergeCombiners", "key"]);

/** The functions must have been prepared. */
export function compileStage(flat: FlatProgram, functions: (id: FnId) => Fn): Stage {
  const program: StageProgram = expandProgram(flat);
  const { open, steps } = new PipelineCompiler(flat.programId, functions).split(program.pipe);
  const finish = compileSink(flat.programId, program.sink, steps, functions);
  return (input, task) => {
    const chunks = open(input, task, task.partition);
    task.onEnd(() => chunks.close());
    return finish(chunks, task);
  };
}

function compileSink(id: number, sink: Sink, steps: readonly FusedStep[], functions: (id: FnId) => Fn): Finish {
  switch (sink.kind) {
    case "collect":
      return looped(id, steps, gatherTail("collect"), block);
    case "take":
      return sink.n <= 0 ? () => block([]) : looped(id, steps, gatherTail("take", sink.n), block);
    case "count":
      return looped(id, steps, countTail(), ({ n }) => value(n));
    case "reduce":
      return looped(id, steps, reduceTail(functions(sink.fn), sink.site), found =>
        value(found.any ? [found.value] : []),
      );
    case "fold":
      return looped(id, steps, foldTail(sink.zero, functions(sink.fn), sink.site), folded => value(folded.value));
    case "foreach":
      return compileForeach(id, sink.site, steps, functions(sink.fn));
    case "partition":
      return compilePartition(id, sink.site, steps, functions(sink.fn));
    case "keep":
      return compileKeep(id, steps);
    case "shuffleWrite":
      return compileShuffleWrite(id, sink, steps, functions);
  }
}

/** One loop over all chunks, whose state says the outcome. */
function looped<S>(id: number, steps: readonly FusedStep[], tail: Tail<S>, outcome: (state: S) => Outcome): Finish {
  const loop = makeLoop(id, steps, tail);
  let numberLoop: NumberLoop<S> | undefined;
  return (chunks, task) => {
    const state = tail.start();
    if (chunks.numbers !== undefined && (numberLoop ??= makeNumberLoop(id, steps, tail)) !== undefined) {
      countThrough(chunks.numbers, numberLoop, state, task);
      return outcome(state);
    }
    return then(
      drain(chunks, chunk => loop(chunk, state)),
      () => outcome(state),
    );
  };
}

/** Numbers between two looks at whether the task is still wanted. */
const numbersAtOnce = 1 << 16;

function countThrough<S>({ first, step, count }: NumberRange, loop: NumberLoop<S>, state: S, task: TaskRun): void {
  for (let done = 0; done < count; done += numbersAtOnce) {
    task.checkpoint();
    const part = { first: first + done * step, step, count: Math.min(numbersAtOnce, count - done) };
    if (!loop(part, state)) return;
  }
}

/** `foreach`: one call after the other; a promise is awaited before the next. */
function compileForeach(id: number, site: string, steps: readonly FusedStep[], fn: Fn): Finish {
  const tail = gatherTail(site);
  const loop = makeLoop(id, steps, tail);
  const recordsOf = (chunk: Chunk): readonly unknown[] => {
    if (steps.length === 0) return chunk;
    const records = tail.start();
    loop(chunk, records);
    return records;
  };
  const visit = (record: unknown): Promise<void> | undefined => {
    try {
      const result: unknown = fn(record);
      return isThenable(result) ? settled(result, record) : undefined;
    } catch (error) {
      throw blame(error, site, record);
    }
  };
  const settled = async (result: PromiseLike<unknown>, record: unknown): Promise<void> => {
    try {
      await result;
    } catch (error) {
      throw blame(error, site, record);
    }
  };
  /** From the first call on that has to be waited for. */
  const rest = async (
    waiting: Promise<void>,
    begun: readonly unknown[],
    from: number,
    chunks: Chunks,
  ): Promise<Outcome> => {
    await waiting;
    let records = begun;
    for (let i = from; ; i = 0) {
      for (; i < records.length; i++) await visit(records[i]);
      const chunk = await chunks.next();
      if (chunk === undefined) return {};
      records = recordsOf(chunk);
    }
  };
  return chunks => {
    for (;;) {
      const chunk = chunks.next();
      if (isPromise(chunk)) {
        return chunk.then(first => (first === undefined ? {} : rest(Promise.resolve(), recordsOf(first), 0, chunks)));
      }
      if (chunk === undefined) return {};
      const records = recordsOf(chunk);
      for (let i = 0; i < records.length; i++) {
        const waiting = visit(records[i]);
        if (waiting !== undefined) return rest(waiting, records, i + 1, chunks);
      }
    }
  };
}

/** `foreachPartition` and its kin: the function reads the records itself. */
function compilePartition(id: number, site: string, steps: readonly FusedStep[], fn: Fn): Finish {
  const emit = steps.length === 0 ? undefined : makeEmitter(id, steps);
  const through = (source: Chunks): Chunks => (emit === undefined ? source : throughEmitter(source, emit));
  return (source, task) => {
    const run = (readable: Chunks): unknown => called(() => fn(task.partition, new Records(readable)), site);
    return then(then(readableBy(fn, through(source)), run), value);
  };
}

/** All records as a map output of one part. */
function compileKeep(id: number, steps: readonly FusedStep[]): Finish {
  const emit = steps.length === 0 ? undefined : makeEmitter(id, steps);
  return (source, task) => {
    const writer = new BlockWriter(task.store, 1);
    task.onEnd(() => writer.discard());
    return then(
      drain(emit === undefined ? source : throughEmitter(source, emit), chunk => addChunk(writer, chunk)),
      () => ({ output: writer.finish() }),
    );
  };
}

function block(records: readonly unknown[]): Outcome {
  return { value: encodeBlock(records) };
}

function value(result: unknown): Outcome {
  return { value: encodeValue(result) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
