/**
 * A task's input as it comes from Spark, frame after frame, put where blocks are: in memory while the budget lasts, else in a file.
 *
 *     frames, in any order ─▶ by node and partition ─▶ in the order of the map partitions ─▶ block references, for the program
 */
import type { BlockStore, SpillFile } from "../../tasks/block-store.ts";
import type { BlockRef, LeafRef, TaskInput } from "../../stages/protocol.ts";
import { type FrameHead, type TaskOrder, headBytes, orderNode, readHead, readOrder } from "../frames.ts";

interface Arrived extends FrameHead {
  readonly block: BlockRef;
}

export class Received {
  readonly #store: BlockStore;
  readonly #frames = new Map<string, Arrived[]>();
  /** All blocks in memory. */
  readonly #held: SharedArrayBuffer[] = [];
  #file: SpillFile | undefined;
  #order: TaskOrder | undefined;

  constructor(store: BlockStore) {
    this.#store = store;
  }

  /** Takes a frame; its bytes are copied. */
  add(frame: Buffer): void {
    const head = readHead(frame);
    if (head.node === orderNode) {
      this.#order = readOrder(frame);
      return;
    }
    const key = keyOf(head);
    const arrived = { ...head, block: this.#put([frame.subarray(headBytes)]) };
    const others = this.#frames.get(key);
    if (others === undefined) this.#frames.set(key, [arrived]);
    else others.push(arrived);
  }

  /** No more frames come. The order, with blocks in place of what it says about them. */
  finish(): TaskOrder {
    this.#file?.close();
    if (this.#order === undefined) throw new RangeError("a task came without its order");
    const input = this.#bind(this.#order.input);
    this.#file?.close();
    return { ...this.#order, input };
  }

  /** Frees all that came. */
  discard(): void {
    for (const buffer of this.#held) this.#store.discard({ buffer });
    this.#file?.remove();
  }

  #bind(input: TaskInput): TaskInput {
    switch (input.kind) {
      case "blocks":
        return { kind: "blocks", blocks: input.blocks.flatMap(({ leaf }) => (leaf ? this.#blocksOf(leaf) : [])) };
      case "concat":
        return { kind: "concat", inputs: input.inputs.map(([parent, inner]) => [parent, this.#bind(inner)]) };
      case "zip":
        return { kind: "zip", inputs: input.inputs.map(inner => this.#bind(inner)) };
      case "persisted": {
        const [block = { start: 0, end: 0 }] = input.block?.leaf ? this.#blocksOf(input.block.leaf) : [];
        return { kind: "persisted", nodeId: input.nodeId, partition: input.partition, block };
      }
      case "empty":
      case "split":
        return input;
    }
  }

  /** The blocks of a partition, one for each map partition that has something for it. */
  #blocksOf(leaf: LeafRef): BlockRef[] {
    const frames = this.#frames.get(keyOf(leaf)) ?? [];
    const blocks: BlockRef[] = [];
    for (const sameMap of Map.groupBy(frames.toSorted(inOrder), ({ map }) => map).values()) {
      const [only, ...more] = sameMap.map(({ block }) => block) as [BlockRef, ...BlockRef[]];
      blocks.push(more.length === 0 ? only : this.#join([only, ...more]));
    }
    return blocks;
  }

  /** One block of several. */
  #join(blocks: readonly BlockRef[]): BlockRef {
    return this.#put(blocks.map(block => this.#read(block)));
  }

  #read({ buffer, start, end }: BlockRef): Uint8Array {
    return buffer === undefined
      ? (this.#file as SpillFile).read(start, end)
      : new Uint8Array(buffer, start, end - start);
  }

  #put(parts: readonly Uint8Array[]): BlockRef {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const buffer = this.#store.allocate(size);
    if (buffer !== undefined) {
      this.#held.push(buffer);
      let at = 0;
      for (const part of parts) {
        new Uint8Array(buffer).set(part, at);
        at += part.length;
      }
      return { buffer, start: 0, end: size };
    }
    this.#file ??= this.#store.createFile();
    const start = this.#file.size;
    for (const part of parts) this.#file.append(part);
    return { file: this.#file.path, start, end: start + size };
  }
}

function keyOf({ node, partition }: LeafRef): string {
  return `${node}:${partition}`;
}

function inOrder(a: FrameHead, b: FrameHead): number {
  return a.map - b.map || a.seq - b.seq;
}
