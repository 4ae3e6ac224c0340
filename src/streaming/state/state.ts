import { DStreamsError, require } from "../../base/errors.ts";

/**
 * The state of one key, in a function of `mapWithState`: to be read, updated or removed during the call, and not kept beyond it.
 *
 * A state is a value: give `update` a new one rather than changing the one that `get` has returned.
 */
export abstract class State<S> {
  /** True when the key has a state. */
  abstract exists(): boolean;

  /**
   * The state.
   *
   * @throws DSTREAMS_ILLEGAL_STATE when the key has none: `State is not set`
   */
  abstract get(): S;

  /** The state, or null when the key has none. */
  abstract getOption(): S | null;

  /**
   * Sets the state.
   *
   * @throws DSTREAMS_ILLEGAL_ARGUMENT after `remove`, and when the key is timing out
   */
  abstract update(newState: S): void;

  /**
   * Removes the key.
   *
   * @throws DSTREAMS_ILLEGAL_ARGUMENT when it has been removed already, and when it is timing out
   */
  abstract remove(): void;

  /** True in the one call that tells of a key that got no data for longer than the timeout; it is removed after it. */
  abstract isTimingOut(): boolean;

  /** The state as text, or `<state not set>`. */
  abstract toString(): string;
}

/** The one State object of a task, which stands for one key after the other. */
export class KeyState extends State<unknown> {
  #state: unknown;
  #defined = false;
  #timingOut = false;
  #updated = false;
  #removed = false;

  /** Begins a call. */
  wrap(state: unknown, defined: boolean, timingOut: boolean): this {
    this.#state = state;
    this.#defined = defined;
    this.#timingOut = timingOut;
    this.#updated = false;
    this.#removed = false;
    return this;
  }

  get isUpdated(): boolean {
    return this.#updated;
  }

  get isRemoved(): boolean {
    return this.#removed;
  }

  override exists(): boolean {
    return this.#defined;
  }

  override get(): unknown {
    if (!this.#defined) throw new DStreamsError("DSTREAMS_ILLEGAL_STATE", "State is not set");
    return this.#state;
  }

  override getOption(): unknown {
    return this.#defined ? this.#state : null;
  }

  override update(newState: unknown): void {
    require(!this.#removed, "Cannot update the state after it has been removed");
    require(!this.#timingOut, "Cannot update the state that is timing out");
    this.#state = newState;
    this.#defined = true;
    this.#updated = true;
  }

  override remove(): void {
    require(!this.#timingOut, "Cannot remove the state that is timing out");
    require(!this.#removed, "Cannot remove the state that has already been removed");
    this.#state = undefined;
    this.#defined = false;
    this.#updated = false;
    this.#removed = true;
  }

  override isTimingOut(): boolean {
    return this.#timingOut;
  }

  override toString(): string {
    return this.#defined ? String(this.#state) : "<state not set>";
  }
}
