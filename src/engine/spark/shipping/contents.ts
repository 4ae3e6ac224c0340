/**
 * What a program needs on another host: its project, this package, and the packages that the two depend on. Each is a folder, and
 * its files are taken as they are:
 *
 *     the project         the folder of the nearest package.json at or above the program, without what `exclude` names;
 *                         a program without any is taken alone
 *     this package        its package.json, and the code that runs: dist/
 *     their packages      `dependencies`, and the optional and peer ones that are installed, found as Node finds them: so none that
 *                         are for development only
 *
 * Nothing is taken whose name begins with a dot (.git, .env, .npmrc): what is hidden is seldom needed, and often secret.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder of this machine, and the files of it that are taken. */
export interface Part {
  /** For people: `project`, `acorn 8.19.0`. */
  readonly name: string;
  readonly root: string;
  readonly files: readonly FoundFile[];
}

export interface FoundFile {
  /** Absolute, with no symbolic link in its folders. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
}

export interface Contents {
  readonly parts: readonly Part[];
  /** Symbolic links that lead from a package's folder in node_modules to where it really is (workspaces, `npm link`, pnpm). */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

export interface ContentsOptions {
  /** The program's file; undefined in a shell. */
  readonly program: string | undefined;
  /** Where a shell's project is looked for: the working directory. */
  readonly directory: string;
  /** Files and folders of the project that stay here, relative to it. */
  readonly exclude: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The folder of code that this file belongs to, `dist` of the package or `src` of the source tree. */
const ownCode = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[/\\]$/, "");

export function contentsOf({ program, directory, exclude }: ContentsOptions): Contents {
  const collector = new Collector();
  const project = folderWithManifest(program === undefined ? directory : dirname(program));
  const own = realpathSync(dirname(ownCode));
  if (project === undefined) {
    if (program !== undefined) collector.take("program", dirname(program), [fileAt(program)]);
  } else if (project !== own) {
    const left = exclude.map(path => resolve(project, path));
    collector.take(
      `project ${project}`,
      project,
      filesBelow(project, path => !left.includes(path)),
    );
    collector.follow(project);
  } else if (program !== undefined) {
    // An example of this package: its neighbours may be what it imports.
    collector.take(
      "examples",
      dirname(program),
      filesBelow(dirname(program), () => true),
    );
  }
  const manifest = fileAt(join(own, "package.json"));
  collector.take(nameOf(own), own, [manifest, ...filesBelow(realpathSync(ownCode), isCode)]);
  collector.follow(own);
  return collector;
}

class Collector implements Contents {
  readonly parts: Part[] = [];
  readonly links: { readonly path: string; readonly target: string }[] = [];
  readonly #linked = new Set<string>();
  readonly #seen = new Set<string>([realpathSync(dirname(ownCode))]);

  take(name: string, root: string, files: readonly FoundFile[]): void {
    this.#seen.add(root);
    this.parts.push({ name, root, files });
  }

  /** Takes what the package at `root` depends on. */
  follow(root: string): void {
    const { dependencies, optionalDependencies, peerDependencies } = readManifest(root);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = installed(name, root);
      // Not there: optional, or Node says so, too.
      if (found === undefined) continue;
      const real = realpathSync(found);
      if (real !== found) this.#link(found, real);
      if (this.#seen.has(real)) continue;
      this.take(nameOf(real), real, filesBelow(real, isCode));
      this.follow(real);
    }
  }

  #link(path: string, target: string): void {
    if (this.#linked.has(path)) return;
    this.#linked.add(path);
    this.links.push({ path, target });
  }
}

/** The nearest folder with a package.json, at `from` or above. */
function folderWithManifest(from: string): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Where an import in `from` finds a package. */
function installed(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(join(place, "package.json"))) return place;
    if (folder === dirname(folder)) return undefined;
  }
}

function readManifest(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
}

function nameOf(root: string): string {
  const { name = root, version } = readManifest(root);
  return version === undefined ? name : `${name} ${version}`;
}

/** Of a package nobody reads these when it runs. */
function isCode(path: string): boolean {
  return !/\.d\.[cm]?ts$|\.map$/.test(path);
}

/** Symbolic links are taken as what they lead to, if that lies below `root` or is a file. */
function filesBelow(root: string, wanted: (path: string) => boolean): FoundFile[] {
  const found: FoundFile[] = [];
  const visit = (folder: string): void => {
    for (const { name } of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, name);
      if (name.startsWith(".") || name === "node_modules" || !wanted(path)) continue;
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true && !leadsOut(path, root)) visit(path);
      else if (stats?.isFile() === true) found.push(fileAt(path));
    }
  };
  visit(root);
  return found;
}

/** A link to a folder elsewhere, or to one that it lies in, which would have no end. */
function leadsOut(path: string, root: string): boolean {
  if (!lstatSync(path).isSymbolicLink()) return false;
  const target = realpathSync(resolve(dirname(path), readlinkSync(path)));
  return !target.startsWith(root + sep) || !relative(target, path).startsWith("..");
}

function fileAt(path: string): FoundFile {
  const { size, mode } = statSync(path);
  return { path, size, executable: (mode & 0o111) !== 0 };
}
