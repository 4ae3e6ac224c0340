/**
 * `npm run check:package`: what users get. Packs the package, installs the tarball into an empty project, and there
 * type-checks the word counts of the examples and runs the README's as TypeScript, as JavaScript and by `dstreams submit`. Packages that
 * only connectors need are not installed there; who uses one is told so.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const patience = 60_000;
const project = mkdtempSync(join(tmpdir(), "dstreams-package-"));

try {
  install();
  copyFileSync(join(root, "examples/wordcount-files.ts"), join(project, "wordcount.ts"));
  copyFileSync(join(root, "examples/wordcount-files.ts"), join(project, "wordcount.js"));
  copyFileSync(join(root, "examples/wordcount-kafka.ts"), join(project, "wordcount-kafka.ts"));
  typeCheck();
  askForClient();
  askForDriver();
  await countWords("node", ["wordcount.ts"]);
  await countWords("node", ["wordcount.js"]);
  await countWords("dstreams", ["submit", "--master", "local[2]", "wordcount.ts"]);
  console.log("The package is what its README promises.");
} finally {
  rmSync(project, { recursive: true, force: true });
}

function install(): void {
  run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", project], root);
  const tarball = readdirSync(project).find(name => name.endsWith(".tgz"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", `./${tarball}`], project);
  const packed = readdirSync(join(project, "node_modules", "dstreams"))
    .sort()
    .join(" ");
  console.log(`Installed ${tarball}: ${packed}`);
}

function typeCheck(): void {
  mkdirSync(join(project, "node_modules", "@types"), { recursive: true });
  symlinkSync(join(root, "node_modules/@types/node"), join(project, "node_modules/@types/node"), "junction");
  symlinkSync(join(root, "node_modules/undici-types"), join(project, "node_modules/undici-types"), "junction");
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--types",
    "node",
    "wordcount.ts",
    "wordcount-kafka.ts",
  ];
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...options], project);
  console.log("Types resolve.");
}

/** `dstreams/kafka` without Kafka's client. */
function askForClient(): void {
  const { status, stderr } = spawnSync("node", ["wordcount-kafka.ts"], {
    cwd: project,
    env: environment(),
    encoding: "utf8",
    timeout: patience,
  });
  if (status === 1 && /npm install @platformatic\/kafka/.test(stderr))
    return console.log("Kafka's client is asked for.");
  throw new Error(`wordcount-kafka.ts without Kafka's client ended with ${status}:\n${stderr}`);
}

/** A text is dropped when the first batch was printed; when its words were counted, Ctrl-C must end the program well. */
async function countWords(command: string, args: readonly string[]): Promise<void> {
  const books = join(project, "books");
  rmSync(books, { recursive: true, force: true });
  mkdirSync(books);
  const child = spawn(command, args, { cwd: project, env: environment(), stdio: ["ignore", "pipe", "inherit"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  const ended = new Promise<number | null>(resolve => child.on("close", resolve));
  let step: "waiting" | "dropped" | "counted" = "waiting";
  for await (const line of createInterface({ input: child.stdout })) {
    if (step === "waiting" && line.startsWith("Time: ")) {
      step = "dropped";
      copyFileSync(join(root, "examples/data/jonah.txt"), join(books, ".jonah.txt"));
      renameSync(join(books, ".jonah.txt"), join(books, "jonah.txt"));
    } else if (step === "dropped" && line.startsWith("('")) {
      step = "counted";
      child.kill("SIGINT");
    }
  }
  const code = await ended;
  clearTimeout(timer);
  const name = [command, ...args].join(" ");
  if (step !== "counted" || code !== 0) throw new Error(`${name}: ${step}, exit code ${code}`);
  console.log(`${name}: counted, and ended by itself.`);
}

/** The command that Spark starts in cluster deploy mode is there, too. */
function askForDriver(): void {
  const { status, stderr } = spawnSync("dstreams-driver", [], { cwd: project, encoding: "utf8", env: environment() });
  if (status === 1 && /^Error: This program is started by Spark/.test(stderr)) return;
  throw new Error(`dstreams-driver: exit code ${status}\n${stderr}`);
}

/** The project's commands and this Node come first. */
function environment(): NodeJS.ProcessEnv {
  const path = [join(project, "node_modules/.bin"), join(process.execPath, ".."), process.env.PATH].join(delimiter);
  return { ...process.env, PATH: path };
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", env: environment() });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
}
