/**
 * Takes a program to hosts that do not share this machine's disk: one archive that executors unpack.
 *
 *     this machine                       dstreams.tar.gz                               an executor's working directory
 *       /srv/app/                          bin/dstreams-worker                           dstreams/bin/dstreams-worker
 *         main.ts lib.ts                   bin/node              (ship.node)             dstreams/files/srv/app/lib.ts
 *         node_modules/dstreams/           files/srv/app/main.ts                         …
 *         node_modules/left-pad/           files/srv/app/node_modules/dstreams/dist/…
 *
 * `files/` is an image of this machine: whatever is taken lies there under its own absolute path. So there is one rule for finding
 * it, `file:///x` is `<archive>/files/x` (closure/mirror.ts, in the worker), and whatever Node does with folders above a file works as
 * here: packages of a workspace's root, a globally installed dstreams, linked packages (their links are made anew, relative).
 *
 * Spark brings it: `sc.addArchive` has every executor fetch the file from the driver before its first task, and unpack it in its
 * working directory under the name behind `#`. A standalone cluster, YARN and Kubernetes do that alike. What Spark starts is then
 * `./dstreams/bin/dstreams-worker`, a script, because executors start a file without arguments of ours.
 *
 * When: on clusters (`spark://` of another host than this one, `yarn`, `k8s://`) by itself, since their hosts have as a rule neither this
 * package nor the program, and a program must not have to be told; `spark.dstreams.ship=false` is for those who share a file system or
 * have images with everything in them. In Spark's local modes the paths are this machine's own. The cost is a second or so at the
 * start, and the archive once an executor. What takes more than `spark.dstreams.ship.maxSize` is refused: a folder of data in a
 * project should not be carried around unnoticed.
 */
import { statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { DStreamsError } from "../../../base/errors.ts";
import { logger } from "../../../base/log.ts";
import { workerEntry } from "../worker/wrapper.ts";
import { type Contents, contentsOf, type Part } from "./contents.ts";
import { launcherScript } from "./launcher.ts";
import { type Entry, writeTarGz } from "./tar.ts";

export interface ShippingOptions {
  /** `spark.dstreams.ship.node`: true when this machine's Node goes along, for hosts of the same kind that have none. */
  readonly node: boolean;
  /** `spark.dstreams.ship.maxSize`: of all files but Node, before they are packed, bytes. */
  readonly maxSize: number;
  /** `spark.dstreams.ship.exclude`: files and folders of the project that stay here. */
  readonly exclude: readonly string[];
}

export interface Bundle {
  /** The archive, for `addArchive`. */
  readonly archive: string;
  /** What executors start, for `pythonExec`. */
  readonly command: string;
}

/** What is started in the unpacked archive. */
export interface Launcher {
  /** The folder that the archive is unpacked into, in the working directory of whoever needs it. */
  readonly folder: string;
  /** The script in its `bin/`. */
  readonly name: string;
  /** The program that this starts: a file of this package. */
  readonly entry: string;
}

const log = logger("Shipping");

const workers: Launcher = { folder: "dstreams", name: "dstreams-worker", entry: workerEntry };

/**
 * Makes it in `directory`, for the program that runs.
 *
 * @param program URL of the main script; undefined in a shell, whose project is that of the working directory
 * @param launcher default: the workers'
 * @throws DSTREAMS_CONFIGURATION when it is too large
 */
export async function makeBundle(
  directory: string,
  program: string | undefined,
  options: ShippingOptions,
  launcher: Launcher = workers,
): Promise<Bundle> {
  const begun = performance.now();
  const path = program?.startsWith("file:") === true ? fileURLToPath(program) : undefined;
  const contents = contentsOf({ program: path, directory: process.cwd(), exclude: options.exclude });
  requireSize(contents.parts, options.maxSize);
  const { folder, name } = launcher;
  // Spark tells archives apart by their names.
  const archive = join(directory, `${folder}.tar.gz`);
  await writeTarGz(archive, entriesOf(contents, launcher, options.node));
  const said = (): string => report(contents.parts, archive, performance.now() - begun, options.node);
  if (process.env["NODE_DEBUG"]?.includes("dstreams") === true) console.error(`Shipping: ${said()}`);
  else log.info(said);
  return { archive: `${archive}#${folder}`, command: `./${folder}/bin/${name}` };
}

function* entriesOf({ parts, links }: Contents, { name, entry }: Launcher, withNode: boolean): Generator<Entry> {
  yield { path: `bin/${name}`, script: launcherScript(mirrored(entry)) };
  if (withNode)
    yield { path: "bin/node", file: process.execPath, size: statSync(process.execPath).size, executable: true };
  const taken = new Set<string>();
  for (const { path, size, executable } of parts.flatMap(({ files }) => files)) {
    if (taken.has(path)) continue;
    taken.add(path);
    yield { path: mirrored(path), file: path, size, executable };
  }
  for (const { path, target } of links) yield { path: mirrored(path), link: relative(dirname(path), target) };
}

/** Where a file of this machine is in the archive. */
function mirrored(path: string): string {
  return `files${path}`;
}

function sizeOf({ files }: Part): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function requireSize(parts: readonly Part[], maxSize: number): void {
  const total = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  if (total <= maxSize) return;
  const files = parts.flatMap(part => part.files).toSorted((a, b) => b.size - a.size);
  const largest = files.slice(0, 5).map(({ path, size }) => `  ${megabytes(size)}  ${path}`);
  throw new DStreamsError(
    "DSTREAMS_CONFIGURATION",
    `The project that goes to the executors has ${megabytes(total)}, more than spark.dstreams.ship.maxSize (${megabytes(maxSize)}). ` +
      "Leave out what functions do not need (spark.dstreams.ship.exclude=data,notebooks), raise the limit, or, where executors see " +
      `this machine's paths, ship nothing (spark.dstreams.ship=false). The largest files:\n${largest.join("\n")}`,
  );
}

function report(parts: readonly Part[], archive: string, time: number, withNode: boolean): string {
  const count = parts.reduce((sum, { files }) => sum + files.length, 0);
  const total = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  const taken = parts.map(part => (sizeOf(part) < 1e5 ? part.name : `${part.name} (${megabytes(sizeOf(part))})`));
  if (withNode) taken.push(`Node ${process.version}`);
  const packed = `${megabytes(statSync(archive).size)} when packed, in ${(time / 1000).toFixed(1)} s`;
  return `${count} files, ${megabytes(total)}, ${packed}: ${taken.join(", ")}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
