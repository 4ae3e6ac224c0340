/** What broadcast variables and accumulators are in a worker. Functions carry only their ids; see closure/travel.ts. */
import { DStreamsError } from "../../base/errors.ts";
import { travelsAs } from "../../closure/travel.ts";
import { decodeValue, encodeValue } from "../../codec/block.ts";

/** Makes the counterparts of handles, and holds what they stand for. One a worker. */
export class Handles {
  readonly #broadcasts = new Map<number, BroadcastHandle>();
  #terms = new Map<number, Terms>();

  /** For `restore`: the object that a function finds where the driver has its own. */
  revive(kind: string, id: number): unknown {
    switch (kind) {
      case "broadcast":
        return this.#broadcast(id);
      case "accumulator":
        return new AccumulatorHandle(kind, id, term => void this.#termsOf(id).list.push(term));
      case "sum":
        return new AccumulatorHandle(kind, id, term => this.#addNumber(id, term));
      default:
        throw new TypeError(`A function refers to a ${kind}, which is not known in workers.`);
    }
  }

  setBroadcast(id: number, bytes: Uint8Array): void {
    this.#broadcast(id).set(bytes);
  }

  dropBroadcast(id: number): void {
    this.#broadcast(id).set(undefined);
  }

  /** Forgets the terms of the task before; called when a task starts. */
  startTask(): void {
    this.#terms = new Map();
  }

  /** What the task has added, in order. */
  accumulated(): [id: number, term: Uint8Array][] {
    const all: [number, Uint8Array][] = [];
    for (const [id, { sum, list }] of this.#terms) {
      if (sum !== undefined) all.push([id, encodeValue(sum)]);
      for (const term of list) all.push([id, encodeValue(term)]);
    }
    return all;
  }

  #broadcast(id: number): BroadcastHandle {
    let handle = this.#broadcasts.get(id);
    if (handle === undefined) this.#broadcasts.set(id, (handle = new BroadcastHandle(id)));
    return handle;
  }

  #termsOf(id: number): Terms {
    let terms = this.#terms.get(id);
    if (terms === undefined) this.#terms.set(id, (terms = { sum: undefined, list: [] }));
    return terms;
  }

  #addNumber(id: number, term: unknown): void {
    const terms = this.#termsOf(id);
    if (typeof term === "number") terms.sum = (terms.sum ?? 0) + term;
    else terms.list.push(term);
  }
}

interface Terms {
  sum: number | undefined;
  readonly list: unknown[];
}

/** A broadcast variable in a worker: decoded when first asked for, once for all functions of this thread. */
class BroadcastHandle {
  readonly id: number;
  #bytes: Uint8Array | undefined;
  #value: { readonly decoded: unknown } | undefined;

  constructor(id: number) {
    this.id = id;
  }

  get [travelsAs](): { kind: string; id: number } {
    return { kind: "broadcast", id: this.id };
  }

  get value(): unknown {
    if (this.#bytes === undefined) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_STATE",
        `Broadcast(${this.id}) has no value here: it was destroyed before the function that uses it ran.`,
      );
    }
    this.#value ??= { decoded: decodeValue(this.#bytes) };
    return this.#value.decoded;
  }

  set(bytes: Uint8Array | undefined): void {
    this.#bytes = bytes;
    this.#value = undefined;
  }

  toString(): string {
    return `Broadcast(${this.id})`;
  }
}

/** An accumulator in a task: terms go in, nothing comes out. */
class AccumulatorHandle {
  readonly id: number;
  readonly #kind: string;
  readonly #add: (term: unknown) => void;

  constructor(kind: string, id: number, add: (term: unknown) => void) {
    this.id = id;
    this.#kind = kind;
    this.#add = add;
  }

  get [travelsAs](): { kind: string; id: number } {
    return { kind: this.#kind, id: this.id };
  }

  get value(): never {
    throw notInTasks();
  }

  set value(_: unknown) {
    throw notInTasks();
  }

  add(term: unknown): this {
    this.#add(term);
    return this;
  }

  toString(): string {
    return `Accumulator(${this.id})`;
  }
}

function notInTasks(): DStreamsError {
  return new DStreamsError("DSTREAMS_ILLEGAL_STATE", "Accumulator.value cannot be accessed inside tasks");
}
