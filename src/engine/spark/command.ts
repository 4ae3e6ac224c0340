/**
 * What the tasks of a stage have in common, as the bytes that Spark hands to each of them. It depends on the program only, so that a
 * stream sends the same bytes batch after batch, and a worker that has seen them need not look into them again.
 *
 *     u32 id │ u8 0 │ the command
 *     u32 id │ u8 1 │ i64 id of a broadcast that holds it        when it is large
 */
import { deserialize, serialize } from "node:v8";
import type { FlatProgram, FnId } from "../stages/protocol.ts";

export interface Command {
  readonly program: FlatProgram;
  readonly functions: readonly { readonly id: FnId; readonly bytes: Uint8Array }[];
  readonly classes: readonly { readonly id: string; readonly bytes: Uint8Array }[];
  /** The broadcasts that functions use: our ids, and Spark's. */
  readonly broadcasts: readonly (readonly [ours: number, sparks: number])[];
  /** For functions that travel by reference. */
  readonly mainScript: string | undefined;
  /** The program's arguments. */
  readonly argv: readonly string[];
  /** The configuration, as far as workers need it: of file systems. */
  readonly settings: readonly [key: string, value: string][];
}

export function writeCommand(command: Command): Buffer {
  return serialize(command);
}

/** The bytes that are given to Spark. */
export function packCommand(id: number, body: Buffer | { readonly broadcast: number }): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 0);
  if (Buffer.isBuffer(body)) return Buffer.concat([head, body]);
  head[4] = 1;
  const name = Buffer.alloc(8);
  name.writeBigInt64BE(BigInt(body.broadcast), 0);
  return Buffer.concat([head, name]);
}

/** @param broadcast the value of one of Spark's broadcasts */
export function unpackCommand(bytes: Buffer, broadcast: (id: number) => Buffer): { id: number; read(): Command } {
  const id = bytes.readUInt32BE(0);
  const body = (): Buffer => (bytes[4] === 1 ? broadcast(Number(bytes.readBigInt64BE(5))) : bytes.subarray(5));
  return { id, read: () => deserialize(body()) as Command };
}
