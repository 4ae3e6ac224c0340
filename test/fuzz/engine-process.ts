/** An engine in a process of its own, started for its first program; a new one when the last has ended. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pysparkPython } from "../../scripts/services/pyspark.ts";
import { actions } from "./actions.ts";
import { functions } from "./functions.ts";
import { operations } from "./operations.ts";
import type { Answer } from "./perform.ts";
import type { Program } from "./program.ts";
import { asciiJson } from "./values.ts";

/** How long a program may take before its engine counts as hung, ms. */
const patience = 180_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Running {
  readonly child: Child;
  readonly lines: AsyncIterator<string>;
  /** The last of what it has said on stderr. */
  said: string;
}

export class EngineProcess implements AsyncDisposable {
  /** `local[2]`, `spark-4.3.0`, `pyspark-4.3.0`, … */
  readonly name: string;
  #running: Promise<Running> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get isPyspark(): boolean {
    return this.name.startsWith("pyspark-");
  }

  /** The answers to the program's actions; an engine that dies or hangs has its end for an answer. */
  async run(program: Program): Promise<readonly Answer[]> {
    this.#running ??= this.#start();
    const running = await this.#running;
    running.child.stdin.write(`${asciiJson(program)}\n`);
    const timer = setTimeout(() => running.child.kill("SIGKILL"), patience);
    const line = await running.lines.next();
    clearTimeout(timer);
    if (line.done !== true) {
      const answers = JSON.parse(line.value) as readonly Answer[] | Answer;
      return Array.isArray(answers) ? (answers as readonly Answer[]) : [answers as Answer];
    }
    await this[Symbol.asyncDispose]();
    return [{ error: `the engine ended: ${running.said}` }];
  }

  async #start(): Promise<Running> {
    const child = this.isPyspark ? await startPyspark(this.name.slice("pyspark-".length)) : startOurs(this.name);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const running: Running = { child, lines, said: "" };
    child.stderr.setEncoding("utf8").on("data", (text: string) => (running.said = (running.said + text).slice(-2000)));
    child.stdin.on("error", () => undefined); // told by the end of its output
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = await this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    const { child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.stdin.end();
    await ended;
  }
}

function startOurs(name: string): Child {
  const program = fileURLToPath(new URL("run-ours.ts", import.meta.url));
  return spawn(process.execPath, [program], {
    env: { ...process.env, ENGINES: name },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

async function startPyspark(version: string): Promise<Child> {
  const python = await pysparkPython(version);
  const program = fileURLToPath(new URL("run_pyspark.py", import.meta.url));
  const child = spawn(python, [program], {
    cwd: dirname(program),
    env: { ...process.env, PYSPARK_PYTHON: python, PYTHONHASHSEED: "0", SPARK_LOCAL_IP: "127.0.0.1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const tables = { functions: inPython(functions), operations: inPython(operations), actions: inPython(actions) };
  child.stdin.write(`${asciiJson(tables)}\n`);
  return child;
}

/** What can be asked of PySpark, as Python expressions. */
function inPython(table: Readonly<Record<string, { readonly python: unknown }>>): Record<string, unknown> {
  const entries = Object.entries(table).map(([name, { python }]) => [name, python] as const);
  return Object.fromEntries(entries.filter(([, python]) => typeof python === "string"));
}
