/** What becomes of a stream's RDDs at its checkpoint interval: which are saved, and what may be removed when later ones are. */
import { logger } from "../base/log.ts";
import type { RDD } from "../rdd/rdd.ts";
import { storageFor } from "../storage/registry.ts";
import type { Time } from "./time.ts";

const log = logger("DStreamCheckpointData");

export interface StreamCheckpoints {
  /** The RDD of this batch is to be saved. */
  mark(rdd: RDD<unknown>, time: Time): void;
  /** The stream has forgotten its RDDs up to this time, in ms: no later batch asks for them. */
  forget(time: number): void;
}

interface Marked {
  readonly rdd: RDD<unknown>;
  readonly time: number;
}

/** Each RDD in files of its own, which go once a later one has been saved and the RDD has been forgotten. */
export class RDDCheckpoints implements StreamCheckpoints {
  #marked: Marked[] = [];

  mark(rdd: RDD<unknown>, time: Time): void {
    rdd.checkpoint();
    this.#marked.push({ rdd, time: time.milliseconds });
  }

  forget(time: number): void {
    const saved = this.#marked.findLast(({ rdd }) => rdd.isCheckpointed());
    const stays = (each: Marked): boolean => each === saved || each.time > time;
    const old = this.#marked.filter(each => !stays(each));
    this.#marked = this.#marked.filter(stays);
    for (const { rdd } of old) {
      const directory = rdd.getCheckpointFile();
      if (directory !== undefined) removeDirectory(directory);
    }
  }
}

/** In the background: no batch waits for it, and a failure costs room only. */
export function removeDirectory(directory: string): void {
  storageFor(directory)
    .then(storage => storage.remove(directory))
    .catch((error: unknown) => log.warn(`Could not remove the old checkpoint ${directory}`, error));
}
