/**
 * The prompt of `dstreams shell`: Node's line editor, history and completion over our evaluator.
 *
 * Inputs run strictly one after the other, also when they are pasted or piped in, though each may wait: a line whose value
 * is a promise is awaited. Ctrl-C gives up waiting, and what was awaited goes on; .exit or Ctrl-D leaves.
 *
 * Load this file only when a shell is wanted: node:repl listens for uncaught exceptions from its import on.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import repl from "node:repl";
import { describeFailure } from "../report.ts";
import { Evaluator } from "./evaluate.ts";
import { render } from "./render.ts";
import { Incomplete } from "./typescript.ts";

export interface ShellOptions {
  readonly banner: string;
  /** Variables that are there from the start. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Resolves when the user has left and all inputs have run. */
export async function runShell({ banner, variables }: ShellOptions): Promise<void> {
  const evaluator = new Evaluator();
  for (const [name, value] of Object.entries(variables)) evaluator.define(name, value);
  if (process.stdin.isTTY) console.log(banner);

  let running: Promise<void> = Promise.resolve();
  const interrupted = new Interruption();
  const server = repl.start({
    prompt: process.stdin.isTTY ? "> " : "",
    useGlobal: true,
    ignoreUndefined: true,
    writer: value => render(value, process.stdout.hasColors?.() === true),
    eval: (input, _context, _file, done) => {
      let run: () => unknown;
      try {
        run = evaluator.prepare(input);
      } catch (error) {
        if (error instanceof Incomplete) done(new repl.Recoverable(error), undefined);
        else fail(error, done);
        return;
      }
      running = interrupted.race(run).then(
        value => done(null, value),
        (error: unknown) => fail(error, done),
      );
    },
  });
  server.on("SIGINT", () => interrupted.fire());
  keepHistory(server);
  const allLines = oneByOne(server, () => running);
  server.on("exit", () => {
    // Lines may still have to run when the input has ended, and a prompt between them is an error then.
    server.displayPrompt = () => undefined;
  });
  await new Promise<void>(resolve => server.once("exit", resolve));
  await allLines();
}

/** Hands the server a line when the one before has run: it forgets what was typed so far when an input ends. */
function oneByOne(server: repl.REPLServer, running: () => Promise<void>): () => Promise<void> {
  const deliver = server.listeners("line") as ((line: string) => void)[];
  server.removeAllListeners("line");
  let last: Promise<void> = Promise.resolve();
  server.on("line", (line: string) => {
    last = last.then(() => {
      for (const listener of deliver) listener.call(server, line);
      return running();
    });
  });
  return () => last;
}

/** Node would show the frames of the evaluator too, and of an error from a worker not what the user's function threw. */
function fail(error: unknown, done: (error: null, value: undefined) => void): void {
  console.log(describe(error));
  done(null, undefined);
}

function describe(error: unknown): string {
  if (!(error instanceof Error) || error.name === "DStreamsError") return describeFailure(error, false);
  const frames = (error.stack ?? "").split("\n").filter(line => /^\s+at /.test(line));
  const end = frames.findIndex(frame => /node:(?:vm|internal\/modules)|cli\/shell\//.test(frame));
  return [`Uncaught ${error.name}: ${error.message}`, ...frames.slice(0, end === -1 ? undefined : end)].join("\n");
}

/** `~/.dstreams_history`, or the file that DSTREAMS_HISTORY names; none if that is empty. */
function keepHistory(server: repl.REPLServer): void {
  const path = process.env.DSTREAMS_HISTORY ?? join(homedir(), ".dstreams_history");
  if (!process.stdin.isTTY || path === "") return;
  server.setupHistory(path, error => {
    if (error !== null) console.error(`Warning: no history: ${error.message}`);
  });
}

/** Lets Ctrl-C end the wait for a promise. */
class Interruption {
  #give: (() => void) | undefined;

  fire(): void {
    this.#give?.();
  }

  async race(run: () => unknown): Promise<unknown> {
    const stop = new Promise<undefined>(resolve => {
      this.#give = () => resolve(undefined);
    });
    try {
      return await Promise.race([run(), stop]);
    } finally {
      this.#give = undefined;
    }
  }
}
