import { DStreamsError } from "../../base/errors.ts";
import { PrivateDirectory } from "../../base/private-directory.ts";

/** Where blocks go that do not fit in memory. */
export class SpillDirectory extends PrivateDirectory {
  /** @throws DSTREAMS_SPILL when it cannot be made below `base` */
  constructor(base: string) {
    super(base, "spill");
    try {
      this.make();
    } catch (cause) {
      throw new DStreamsError(
        "DSTREAMS_SPILL",
        `Cannot make a directory below ${base}. Set spark.local.dir to one that can be written.`,
        { cause },
      );
    }
  }
}
