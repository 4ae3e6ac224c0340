/**
 * From the nodes of a stage program to streams of chunks.
 *
 *     source ─▶ [fused steps] ─▶ partitions ─▶ [fused steps] ─▶ … ─▶ [fused steps + sink]
 *              └─ one loop ─┘                                        └── one loop ──┘
 *
 * `partitions`, `mapAsync`, `zip`, `persist`, `concat` and shuffles are where one loop ends and the next begins: chunks cross there.
 */
import type { Fn, Reader } from "../../plan/plan.ts";
import type { FnId, PipeNode, TaskInput } from "../stages/protocol.ts";
import { type Chunks, concatChunks, fromIterable, lazyChunks, noChunks, then, throughEmitter } from "./chunks.ts";
import type { FusedStep } from "./fused.ts";
import { longestLoop, makeEmitter } from "./make-loop.ts";
import { mapAsyncChunks } from "./map-async.ts";
import { openPersisted } from "./persist.ts";
import { Records, ReplayableRecords, readableBy } from "./records.ts";
import { chunksOf } from "./results.ts";
import { compileShuffleRead } from "./shuffle-read.ts";
import type { TaskRun } from "./task-run.ts";
import { called, watchedChunks } from "./watched.ts";

/**
 * Opens a node's stream for one task. `partition` is the number of the node's own partition, which below a union, a coalesce or a join
 * is not the task's.
 */
export type Open = (input: TaskInput, task: TaskRun, partition: number) => Chunks;

type NodeOf<K extends PipeNode["kind"]> = Extract<PipeNode, { readonly kind: K }>;

export class PipelineCompiler {
  readonly #id: number;
  readonly #functions: (id: FnId) => Fn;
  readonly #opens = new Map<PipeNode, Open>();

  constructor(id: number, functions: (id: FnId) => Fn) {
    this.#id = id;
    this.#functions = functions;
  }

  /** The trailing fused steps of a pipe, to be joined with its sink, and how to open what is before them. */
  split(pipe: PipeNode): { open: Open; steps: FusedStep[] } {
    const steps: FusedStep[] = [];
    let node = pipe;
    while (node.kind === "step" && node.op !== "partitions" && node.op !== "mapAsync" && steps.length < longestLoop) {
      steps.unshift({ op: node.op, fn: this.#functions(node.fn), site: node.site });
      node = node.parent;
    }
    const before = node;
    return { open: (input, task, p) => this.open(before, input, task, p), steps };
  }

  /** Compiled when first opened: of a union's many parents a task may need one. */
  open(node: PipeNode, input: TaskInput, task: TaskRun, partition: number): Chunks {
    let open = this.#opens.get(node);
    if (open === undefined) {
      open = this.#compile(node);
      this.#opens.set(node, open);
    }
    return open(input, task, partition);
  }

  #compile(node: PipeNode): Open {
    switch (node.kind) {
      case "source":
        return this.#source(node);
      case "step":
        if (node.op === "partitions") return this.#partitions(node);
        if (node.op === "mapAsync") return this.#mapAsync(node);
        return this.#fused(node);
      case "concat":
        return (input, task) => this.#concat(node, input, task);
      case "zip":
        return this.#zip(node);
      case "shuffleRead":
        return compileShuffleRead(this.#id, node, this.#functions);
      case "persist":
        return (input, task) => this.#persist(node, input, task);
    }
  }

  #fused(node: NodeOf<"step">): Open {
    const { open, steps } = this.split(node);
    const emit = makeEmitter(this.#id, steps);
    return (input, task, partition) => throughEmitter(open(input, task, partition), emit);
  }

  #source({ reader, site }: NodeOf<"source">): Open {
    const read = this.#functions(reader) as Reader;
    return (input, task) => {
      if (input.kind !== "split") return noChunks;
      const { split } = input;
      const { numbers, lines } = read;
      const chunks = watchedChunks(() => fromIterable(read(split)), site, task);
      return {
        ...chunks,
        ...(numbers && { numbers: numbers(split) }),
        ...(lines && { lines: () => watchedChunks(() => fromIterable(lines(split)), site, task) }),
      };
    };
  }

  #partitions(node: NodeOf<"step">): Open {
    const { site, parent } = node;
    const fn = this.#functions(node.fn);
    return (input, task, partition) => {
      const source = this.open(parent, input, task, partition);
      const run = (readable: Chunks): unknown => called(() => fn(partition, new Records(readable)), site);
      return lazyChunks(() => then(then(readableBy(fn, source), run), result => chunksOf(result, site)), [source]);
    };
  }

  #mapAsync({ fn, concurrency = 1, parent, site }: NodeOf<"step">): Open {
    const call = this.#functions(fn);
    return (input, task, partition) =>
      mapAsyncChunks(this.open(parent, input, task, partition), call, concurrency, site);
  }

  #zip({ fn, parents, site }: NodeOf<"zip">): Open {
    const zip = this.#functions(fn);
    return (input, task, partition) => {
      const { inputs, partitions } = input.kind === "zip" ? input : { inputs: [], partitions: [] };
      const sources = parents.map((parent, i) =>
        this.open(parent, inputs[i] ?? { kind: "empty" }, task, partitions[i] ?? partition),
      );
      const start = async (): Promise<Chunks[]> => {
        const readable: Chunks[] = [];
        for (const source of sources) readable.push(await readableBy(zip, source));
        return readable;
      };
      const run = (readable: readonly Chunks[]): unknown =>
        called(
          () =>
            zip(
              partition,
              readable.map(chunks => new ReplayableRecords(chunks)),
            ),
          site,
        );
      const ready = (): Chunks[] | Promise<Chunks[]> => (sources.some(source => source.async) ? start() : sources);
      return lazyChunks(() => then(then(ready(), run), result => chunksOf(result, site)), sources);
    };
  }

  /** Unions of unions are laid out flat first: a program may nest thousands of them. */
  #concat(node: NodeOf<"concat">, input: TaskInput, task: TaskRun): Chunks {
    const streams: Chunks[] = [];
    const todo: [PipeNode, TaskInput, number][] = [[node, input, task.partition]];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [part, given, partition] = next;
      if (part.kind !== "concat") streams.push(this.open(part, given, task, partition));
      else if (given.kind === "concat") {
        for (const [parent, each, p] of given.inputs.toReversed())
          todo.push([part.parents[parent] as PipeNode, each, p]);
      }
    }
    const [only] = streams;
    return streams.length === 1 && only !== undefined ? only : concatChunks(streams);
  }

  #persist({ level, parent }: NodeOf<"persist">, input: TaskInput, task: TaskRun): Chunks {
    if (input.kind !== "persisted") return noChunks;
    const { nodeId, partition, block, input: inner } = input;
    const compute =
      parent !== undefined && inner !== undefined ? () => this.open(parent, inner, task, partition) : undefined;
    return openPersisted({ nodeId, partition, level, block, compute }, task);
  }
}
