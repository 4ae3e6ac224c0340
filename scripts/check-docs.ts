/**
 * `npm run check:docs`: every program in README.md, docs/ and the docstrings of src/ is type-checked and run against the built
 * package, in a project of its own, as a reader would.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { programsOf } from "./docs/blocks.ts";
import type { Program } from "./docs/blocks.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const patience = 60_000;

const asked = process.argv.slice(2);
const files = ["README.md", ...filesBelow("docs", ".md"), ...filesBelow("src", ".ts")].filter(
  file => asked.length === 0 || asked.some(path => file.startsWith(path)),
);
const programs = files.flatMap(file => programsOf(file, readFileSync(join(root, file), "utf8")));
const project = mkdtempSync(join(tmpdir(), "dstreams-docs-"));
try {
  const paths = programs.map(writeProgram);
  prepareProject();
  const failures = [...typeCheck(), ...(await runAll(paths))];
  for (const failure of failures) console.error(`${failure}\n`);
  console.log(`${programs.length} programs in ${files.length} files, ${failures.length} failures.`);
  if (failures.length > 0) process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}

function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter(name => name.endsWith(extension))
    .map(name => join(folder, name))
    .sort();
}

/** Each program has a folder, so that what it reads and writes is its own; `books` and `data` hold the example texts. */
function writeProgram(program: Program): string {
  const folder = join(project, `${program.file.replaceAll(/[^\w]+/g, "-")}-${program.line}`);
  mkdirSync(folder, { recursive: true });
  for (const name of ["books", "data"]) cpSync(join(root, "examples", "data"), join(folder, name), { recursive: true });
  const path = join(folder, "program.ts");
  writeFileSync(path, `${ownImport(program)}${program.code}\nexport {};\n`);
  return path;
}

/**
 * An example in the docstring of an inner file may use what that file exports without an import, which no reader could write.
 * It goes in front of the first line, which is empty, so that line numbers stay.
 */
function ownImport({ file, code }: Program): string {
  if (!file.startsWith("src/") || code.includes('from "dstreams')) return "";
  const exported = readFileSync(join(root, file), "utf8").matchAll(
    /^export (?:async )?(?:function\*?|class|const) (\w+)/gm,
  );
  const used = [...exported].map(match => match[1] ?? "").filter(name => new RegExp(`\\b${name}\\b`).test(code));
  return used.length === 0 ? "" : `import { ${used.join(", ")} } from ${JSON.stringify(join(root, file))};`;
}

/** Imports of `dstreams` find the package itself, as after `npm install`. */
function prepareProject(): void {
  mkdirSync(join(project, "node_modules"));
  symlinkSync(root, join(project, "node_modules", "dstreams"), "junction");
  symlinkSync(join(root, "node_modules", "@types"), join(project, "node_modules", "@types"), "junction");
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
    compilerOptions: Record<string, unknown>;
  };
  const options = {
    ...compilerOptions,
    paths: {},
    rewriteRelativeImportExtensions: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, include: ["*/program.ts"] }),
  );
}

function typeCheck(): string[] {
  const { stdout } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", project, "--pretty", "false"],
    {
      cwd: project,
      encoding: "utf8",
    },
  );
  return stdout === "" ? [] : [inDocumentation(stdout.trimEnd())];
}

async function runAll(paths: readonly string[]): Promise<string[]> {
  const queue = programs
    .map((program, index) => ({ program, path: paths[index] ?? "" }))
    .filter(({ program }) => program.run);
  const failures: string[] = [];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const failure = await run(next.program, next.path);
      if (failure !== undefined) failures.push(inDocumentation(failure));
    }
  };
  await Promise.all([lane(), lane()]);
  return failures;
}

async function run(program: Program, path: string): Promise<string | undefined> {
  const preload = `${new URL("docs/few-batches.mjs", import.meta.url)}`;
  const child = spawn(process.execPath, ["--import", preload, path], {
    cwd: dirname(path),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", text => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", text => (stderr += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  const code = await new Promise<number | null>(resolve => child.on("close", resolve));
  clearTimeout(timer);
  const where = `${program.file}:${program.line}`;
  if (code === null) return `${where} did not end within ${patience / 1000} seconds.\n${stdout}${stderr}`;
  if (code !== 0) return `${where} ended with exit code ${code}.\n${stdout}${stderr}`;
  if (program.output !== undefined && !matches(stdout, program.output)) {
    return `${where} printed\n${stdout}\nand not\n${program.output}`;
  }
  return undefined;
}

/** `...` in the documentation stands for anything. */
function matches(actual: string, expected: string): boolean {
  const pattern = expected.trim().split("...").map(escapeRegExp).join("[^]*");
  return new RegExp(`^${pattern}$`).test(actual.trim());
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Paths of the temporary programs as places in the documentation; their lines are the same. */
function inDocumentation(text: string): string {
  let result = text;
  for (const program of programs) {
    const folder = `${program.file.replaceAll(/[^\w]+/g, "-")}-${program.line}`;
    const path = new RegExp(`(?:file://)?(?:${escapeRegExp(project)}/)?${escapeRegExp(folder)}/program\\.ts`, "g");
    result = result.replaceAll(path, relative(root, join(root, program.file)));
  }
  return result;
}
