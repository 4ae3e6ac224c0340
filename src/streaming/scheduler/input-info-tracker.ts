import { DStreamsError } from "../../base/errors.ts";
import type { StreamInputInfo } from "./listener.ts";
import type { Time } from "../time.ts";

const none: ReadonlyMap<number, StreamInputInfo> = new Map();

/** What the input streams reported of each batch, until the batch is old. */
export class InputInfoTracker {
  readonly #byTime = new Map<number, Map<number, StreamInputInfo>>();

  report(time: Time, info: StreamInputInfo): void {
    let infos = this.#byTime.get(time.milliseconds);
    if (infos === undefined) this.#byTime.set(time.milliseconds, (infos = new Map()));
    if (infos.has(info.inputStreamId)) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_STATE",
        `Input stream ${info.inputStreamId} for batch ${time} is already added into InputInfoTracker, this is an illegal state`,
      );
    }
    infos.set(info.inputStreamId, info);
  }

  infosOf(time: Time): ReadonlyMap<number, StreamInputInfo> {
    return this.#byTime.get(time.milliseconds) ?? none;
  }

  /** Forgets the batches before `threshold`. */
  cleanup(threshold: number): void {
    for (const time of this.#byTime.keys()) {
      if (time >= threshold) break;
      this.#byTime.delete(time);
    }
  }
}
