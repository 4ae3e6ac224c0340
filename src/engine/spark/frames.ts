/**
 * What goes through Spark: frames, which to it are byte arrays.
 *
 *     ┌──────┬───────────┬─────┬─────┬───────────────────────────────
 *     │ node │ partition │ map │ seq │ bytes of a block …             a part of a shuffle, or of a persisted partition
 *     └──────┴───────────┴─────┴─────┴───────────────────────────────
 *       4 × u32
 *
 * A frame says which partition of which node it belongs to, so a task can be sent the partitions of many nodes in any order, as Spark
 * happens to deliver them. Blocks that are long are cut; `map` and `seq` put the frames of a partition into their order again.
 *
 * One frame of every task's input is its *order*: which partition it computes, and from what.
 */
import { deserialize, serialize } from "node:v8";
import type { TaskInput } from "../stages/protocol.ts";

export interface FrameHead {
  /** Id of the shuffle's or the persisted node; `orderNode` for a task's order. */
  readonly node: number;
  readonly partition: number;
  /** The map partition that wrote it. */
  readonly map: number;
  /** Its place among the frames that one block was cut into. */
  readonly seq: number;
}

export const headBytes = 16;

/** Stands in the place of a node's id in front of a task's order. */
export const orderNode = 0xffff_ffff;

/** Bytes of a block in one frame. The JVM holds whole frames in memory. */
export const frameBytes = 16 << 20;

export function writeHead({ node, partition, map, seq }: FrameHead): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt32BE(node, 0);
  head.writeUInt32BE(partition, 4);
  head.writeUInt32BE(map, 8);
  head.writeUInt32BE(seq, 12);
  return head;
}

export function readHead(frame: Buffer): FrameHead {
  if (frame.length < headBytes) throw new RangeError(`a frame of ${frame.length} bytes is too short for its head`);
  return {
    node: frame.readUInt32BE(0),
    partition: frame.readUInt32BE(4),
    map: frame.readUInt32BE(8),
    seq: frame.readUInt32BE(12),
  };
}

/** What one task of a stage computes. */
export interface TaskOrder {
  /** The partition of the plan's node. */
  readonly partition: number;
  readonly input: TaskInput;
  /** Set when the result is for later stages: the node that they know it by. Otherwise it is a value, and goes to the driver. */
  readonly keptAs?: { readonly node: number; readonly kind: "shuffle" | "partition" };
}

/** An order as a frame. Splits are plain data that structured clone can carry; shared memory in them goes along as bytes. */
export function writeOrder(order: TaskOrder): Buffer {
  return Buffer.concat([
    writeHead({ node: orderNode, partition: 0, map: 0, seq: 0 }),
    serialize(replaced(order, toBytes)),
  ]);
}

/** @param frame a frame whose node is `orderNode` */
export function readOrder(frame: Buffer): TaskOrder {
  return replaced(deserialize(frame.subarray(headBytes)), toShared) as TaskOrder;
}

/** Stands for a SharedArrayBuffer, which has no serialized form. */
const sharedBytes = "dstreams.shared";

function toBytes(value: object): unknown {
  return value instanceof SharedArrayBuffer ? { [sharedBytes]: new Uint8Array(value) } : undefined;
}

function toShared(value: object): unknown {
  const bytes = (value as { readonly [sharedBytes]?: unknown })[sharedBytes];
  if (!(bytes instanceof Uint8Array)) return undefined;
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** A copy of plain data, in which objects are replaced for which `instead` has something. */
function replaced(value: unknown, instead: (value: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const other = instead(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map(each => replaced(each, instead));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, instead)]));
}
