/**
 * The functions that stages need, as bytes, each captured once. Two functions whose bytes are equal are the same for a
 * worker, so what a library makes anew for every batch has one id. A function lives here as long as a program names it
 * (programs.ts); forgotten ones are interned again when they come back.
 */
import { hash } from "node:crypto";
import { type CallSite, describeSite } from "../../base/site.ts";
import { capture, type Captured } from "../../closure/capture.ts";
import type { Fn } from "../../plan/plan.ts";
import type { FnId } from "./protocol.ts";

export interface NamedFunction {
  readonly id: FnId;
  readonly bytes: Uint8Array;
  readonly content: string;
  readonly handles: Captured["handles"];
  /** How many programs name it. */
  users: number;
}

export class Functions {
  readonly #byCapture = new WeakMap<Captured, NamedFunction>();
  readonly #byContent = new Map<string, NamedFunction>();
  #lastId = 0;

  /** How many functions live here. */
  get size(): number {
    return this.#byContent.size;
  }

  /**
   * @param site for the message when the function cannot travel
   * @throws DSTREAMS_CLOSURE
   */
  name(fn: Fn, site: CallSite): NamedFunction {
    const captured = capture(fn, describeSite(site));
    const known = this.#byCapture.get(captured);
    if (known !== undefined && known.users > 0) return known;
    const named = this.#intern(known ?? this.#new(captured));
    this.#byCapture.set(captured, named);
    return named;
  }

  #new(captured: Captured): NamedFunction {
    const bytes = ownBytes(captured.bytes);
    return { id: ++this.#lastId, bytes, content: hash("sha256", bytes, "base64"), handles: captured.handles, users: 0 };
  }

  #intern(named: NamedFunction): NamedFunction {
    const same = this.#byContent.get(named.content);
    if (same === undefined) this.#byContent.set(named.content, named);
    return same ?? named;
  }

  /** A program names it from now on. */
  retain(named: NamedFunction): void {
    named.users++;
  }

  /** A program that named it is gone. True: it was the last one. */
  release(named: NamedFunction): boolean {
    named.users--;
    return this.discard(named);
  }

  /** Lets it go unless a program names it. */
  discard(named: NamedFunction): boolean {
    if (named.users > 0) return false;
    this.#byContent.delete(named.content);
    return true;
  }
}

/** A view of a larger buffer would be cloned with all of it. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
