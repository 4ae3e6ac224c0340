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
import { DefaultDeserializer, DefaultSerializer } from "node:v8";
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

/** An order as a frame. Splits are what structured clone can carry, shared memory included, whose bytes go along. */
export function writeOrder(order: TaskOrder): Buffer {
  const serializer = new OrderSerializer();
  serializer.writeHeader();
  serializer.writeValue(order);
  const body = serializer.releaseBuffer();
  const { shared } = serializer;
  const lengths = Buffer.alloc(4 * (shared.length + 1));
  lengths.writeUInt32BE(shared.length, 0);
  for (const [i, buffer] of shared.entries()) lengths.writeUInt32BE(buffer.byteLength, 4 * (i + 1));
  const head = writeHead({ node: orderNode, partition: 0, map: 0, seq: 0 });
  return Buffer.concat([head, lengths, ...shared.map(buffer => new Uint8Array(buffer)), body]);
}

/** @param frame a frame whose node is `orderNode` */
export function readOrder(frame: Buffer): TaskOrder {
  const count = frame.readUInt32BE(headBytes);
  let at = headBytes + 4 * (count + 1);
  const shared = Array.from({ length: count }, (_, i) => {
    const length = frame.readUInt32BE(headBytes + 4 * (i + 1));
    const buffer = new SharedArrayBuffer(length);
    frame.copy(new Uint8Array(buffer), 0, at, at + length);
    at += length;
    return buffer;
  });
  const deserializer = new DefaultDeserializer(frame.subarray(at));
  deserializer.readHeader();
  for (const [id, buffer] of shared.entries()) deserializer.transferArrayBuffer(id, buffer as unknown as ArrayBuffer);
  return deserializer.readValue() as TaskOrder;
}

class OrderSerializer extends DefaultSerializer {
  readonly shared: SharedArrayBuffer[] = [];

  /** V8 asks for this, once for each buffer. */
  _getSharedArrayBufferId(buffer: SharedArrayBuffer): number {
    const known = this.shared.indexOf(buffer);
    return known >= 0 ? known : this.shared.push(buffer) - 1;
  }
}
