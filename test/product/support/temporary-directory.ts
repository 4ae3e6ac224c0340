/** A directory for one test. Files in it get the modification times that virtual time needs. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class TemporaryDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "product-"));

  at(name: string): string {
    return join(this.path, name);
  }

  /** A file; with a modification time in ms since the epoch, if given. */
  write(name: string, content: string | Uint8Array, modifiedMs?: number): void {
    writeFileSync(this.at(name), content);
    if (modifiedMs !== undefined) this.touch(name, modifiedMs);
  }

  touch(name: string, modifiedMs: number): void {
    utimesSync(this.at(name), modifiedMs / 1000, modifiedMs / 1000);
  }

  names(): string[] {
    return readdirSync(this.path).sort();
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
