import { mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DStreamsError } from "../../base/errors.ts";

/**
 * A private directory (mode 0700) for blocks that do not fit in memory; removed by `remove`, or when the process ends
 * without that.
 */
export class SpillDirectory {
  readonly path: string;
  readonly #onExit: () => void;

  /** @throws DSTREAMS_SPILL when it cannot be made below `base` */
  constructor(base: string) {
    try {
      this.path = mkdtempSync(join(base, "dstreams-"));
    } catch (cause) {
      throw new DStreamsError(
        "DSTREAMS_SPILL",
        `Cannot make a directory below ${base}. Set spark.local.dir to one that can be written.`,
        {
          cause,
        },
      );
    }
    this.#onExit = () => rmSync(this.path, { recursive: true, force: true });
    process.on("exit", this.#onExit);
  }

  async remove(): Promise<void> {
    process.off("exit", this.#onExit);
    await rm(this.path, { recursive: true, force: true, maxRetries: 2 });
  }
}
