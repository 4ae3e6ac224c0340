import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * A directory of this process's own for data that must not outlive it: nobody else can read it (mode 0700), and it goes with
 * `remove`, or when the process ends without that. Its name is settled from the beginning and cannot be guessed; it is made when
 * it is first needed.
 */
export class PrivateDirectory {
  readonly path: string;
  #made = false;
  readonly #onExit = (): void => rmSync(this.path, { recursive: true, force: true });

  /** @param base where it will be; `purpose` is part of its name */
  constructor(base: string, purpose: string) {
    this.path = join(base, `dstreams-${purpose}-${randomUUID()}`);
  }

  /** Makes it, unless that was done. Its path. */
  make(): string {
    if (this.#made) return this.path;
    mkdirSync(this.path, { mode: 0o700 });
    this.#made = true;
    process.on("exit", this.#onExit);
    return this.path;
  }

  async remove(): Promise<void> {
    if (!this.#made) return;
    this.#made = false;
    process.off("exit", this.#onExit);
    await rm(this.path, { recursive: true, force: true, maxRetries: 2 });
  }
}
