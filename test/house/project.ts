/** The files of the project, as git knows them, for the checks in this folder. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Paths from the root, with `/`; new files count before they are committed. */
export const files: readonly string[] = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter(path => path !== "" && existsSync(join(root, path)));

export const sources = files.filter(path => /^src\/.*\.ts$/.test(path));

/** Everything a person wrote in TypeScript or JavaScript. */
export const code = files.filter(
  path => /\.(ts|mts|cts|js|mjs|cjs)$/.test(path) && !path.startsWith("test/closure/fixtures/"),
);

export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** `path:line: text` of every line that matches. */
export function linesThat(pattern: RegExp, paths: readonly string[]): string[] {
  return paths.flatMap(path =>
    read(path)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}
