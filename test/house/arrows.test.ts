/** Imports between the folders of src/ go only downwards in the drawing at the head of docs/internals/architecture.md. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";
import { read, sources } from "./project.ts";

/** Imports nothing of ours but base/, so that they could be packages of their own. */
const independent = ["closure", "codec", "storage"];

/** The file that chooses an engine must name the engines. */
const exceptions = new Set(["src/engine/create.ts"]);

/** The folders of the drawing, the highest first: `cli`, …, `engine`, `engine/local`, …, `base`. */
function drawing(): string[] {
  const block = /```\n([^]*?)```/.exec(read("docs/internals/architecture.md"))?.[1] ?? "";
  let outer = "";
  return block.split("\n").flatMap(line => {
    const match = /^( *)([a-z]+)\/ /.exec(line);
    if (match === null) return [];
    const [, indent, name] = match as unknown as [string, string, string];
    if (indent === "") outer = name;
    return [indent === "" ? name : `${outer}/${name}`];
  });
}

const order = drawing();

/**
 * A folder inside another one uses it: `engine/local` is above `engine`, though it is drawn below its name; and of those inside the same
 * one, the higher may use the lower.
 */
function height(folder: string): number {
  const index = order.indexOf(folder);
  if (!folder.includes("/")) return order.length - index;
  const outer = order.indexOf(dirname(folder));
  return order.length - outer + 0.9 - (index - outer) / 100;
}

/** The folder of the drawing that a file is in; undefined for the doors, which are above all. */
function folderOf(path: string): string | undefined {
  const parts = path.split("/").slice(1, -1);
  if (parts.length === 0) return undefined;
  const nested = parts.slice(0, 2).join("/");
  return order.includes(nested) ? nested : (parts[0] ?? "");
}

interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Static and dynamic imports, re-exports and the URLs that workers are started from. */
function arrowsOf(path: string): Arrow[] {
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|new URL\(\s*)"(\.{1,2}\/[^"]+)"/g;
  return [...read(path).matchAll(pattern)]
    .map(match => ({ from: path, to: join(dirname(path), match[1] ?? "") }))
    .filter(({ to }) => to.startsWith("src/"));
}

const arrows = sources.flatMap(arrowsOf);

test("every folder of src/ is in the drawing, and the other way round", () => {
  const folders = new Set(sources.map(folderOf).filter(folder => folder !== undefined));
  for (const folder of folders) assert.ok(order.includes(folder), `src/${folder} is not in architecture.md`);
  assert.ok(order.length >= 12, `the drawing has ${order.length} folders`);
});

test("arrows go down only", () => {
  const up = arrows.filter(({ from, to }) => {
    const [above, below] = [folderOf(from), folderOf(to)];
    if (above === undefined || exceptions.has(from)) return false;
    // The shell hands out what the package exports, so the command line may use the door.
    if (below === undefined) return above !== "cli";
    return height(below) > height(above);
  });
  assert.deepEqual(up, []);
});

test("closure, codec and storage use base only", () => {
  const foreign = arrows.filter(({ from, to }) => {
    const [above, below] = [folderOf(from) ?? "", folderOf(to) ?? ""];
    return independent.includes(above) && below !== above && below !== "base";
  });
  assert.deepEqual(foreign, []);
});
