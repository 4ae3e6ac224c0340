/**
 * Collects the pieces of several parts (the reduce partitions of a map output, or the one part of a kept partition) and puts
 * them together as one buffer or file, part after part.
 *
 *     add(part, piece) ─▶ in this thread's memory ─▶ when that is much: a scratch file ─▶ finish: the output
 */
import type { MapOutput } from "../stages/protocol.ts";
import type { BlockStore, SpillFile } from "./block-store.ts";
import { type Piece, writePiece } from "./pieces.ts";

/** Bytes of pieces held before they go to the scratch file. */
const heldBytes = 32 << 20;

interface Held {
  readonly part: number;
  readonly bytes: number;
  /** The piece, or where in the scratch file it begins. */
  content: readonly Uint8Array[] | number;
}

export class BlockWriter {
  readonly #store: BlockStore;
  readonly #parts: number;
  readonly #pieces: Held[] = [];
  #scratch: SpillFile | undefined;
  #held = 0;
  #flushed = 0;

  constructor(store: BlockStore, parts: number) {
    this.#store = store;
    this.#parts = parts;
  }

  add(part: number, piece: Piece): void {
    const content = writePiece(piece);
    const bytes = content.reduce((sum, each) => sum + each.length, 0);
    this.#pieces.push({ part, bytes, content });
    this.#held += bytes;
    if (this.#held > heldBytes) this.#flush();
  }

  /** All pieces as one block, in memory if it may be there and has room; the writer is used up. */
  finish(mayUseMemory = true): MapOutput {
    const offsets = new Float64Array(this.#parts + 1);
    for (const { part, bytes } of this.#pieces) offsets[part + 1] = (offsets[part + 1] ?? 0) + bytes;
    for (let part = 0; part < this.#parts; part++) offsets[part + 1] = (offsets[part + 1] ?? 0) + (offsets[part] ?? 0);
    const size = offsets[this.#parts] ?? 0;
    if (size === 0) return { offsets };
    // Stable: within a part, pieces keep the order in which they came.
    const ordered = this.#pieces.toSorted((a, b) => a.part - b.part);
    const buffer = mayUseMemory ? this.#store.allocate(size) : undefined;
    try {
      return buffer === undefined ? this.#toFile(ordered, offsets) : this.#toMemory(ordered, offsets, buffer);
    } catch (error) {
      if (buffer !== undefined) this.#store.discard({ buffer });
      throw error;
    } finally {
      this.discard();
    }
  }

  /** Removes the scratch file; nothing else is left behind. */
  discard(): void {
    this.#scratch?.remove();
    this.#scratch = undefined;
  }

  #toMemory(pieces: readonly Held[], offsets: Float64Array, buffer: SharedArrayBuffer): MapOutput {
    const bytes = new Uint8Array(buffer);
    let at = 0;
    for (const piece of pieces) {
      for (const part of this.#read(piece)) {
        bytes.set(part, at);
        at += part.length;
      }
    }
    return { buffer, offsets };
  }

  #toFile(pieces: readonly Held[], offsets: Float64Array): MapOutput {
    const file = this.#store.createFile();
    try {
      for (const piece of pieces) for (const part of this.#read(piece)) file.append(part);
    } catch (error) {
      file.remove();
      throw error;
    }
    file.close();
    return { file: file.path, offsets };
  }

  #flush(): void {
    this.#scratch ??= this.#store.createFile();
    for (; this.#flushed < this.#pieces.length; this.#flushed++) {
      const piece = this.#pieces[this.#flushed] as Held;
      if (typeof piece.content === "number") continue;
      const start = this.#scratch.size;
      for (const part of piece.content) this.#scratch.append(part);
      piece.content = start;
    }
    this.#held = 0;
  }

  #read(piece: Held): readonly Uint8Array[] {
    if (typeof piece.content !== "number") return piece.content;
    const scratch = this.#scratch as SpillFile;
    return [scratch.read(piece.content, piece.content + piece.bytes)];
  }
}
