/**
 * `npm run demo`: word count on a directory, watched while texts are dropped into it.
 *
 * The program is examples/wordcount-files.ts, in a process of its own as a user would run it. Each step waits for what the
 * program prints, not for time, so that a slow machine is only slower:
 *
 *     a first (empty) batch ──▶ drop a text ──▶ a batch with its words ──▶ drop the next … ──▶ Ctrl-C ──▶ exit code 0
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const examples = fileURLToPath(new URL("../examples", import.meta.url));
const texts = ["ruth.txt", "esther.txt", "proverbs.txt"];
const patience = 120_000;

const directory = mkdtempSync(join(tmpdir(), "dstreams-demo-"));
say(
  `Word count on ${directory}: a batch every 2 seconds counts the words of the files that have arrived since the last.`,
);
say("Each batch prints its time and ten of its counts; a batch without a new file prints its time only.");

const program = spawn(process.execPath, [join(examples, "wordcount-files.ts"), directory], {
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = once(program, "exit") as Promise<[code: number | null, signal: string | null]>;
const impatient = setTimeout(() => {
  say(`Nothing for ${patience / 1000} seconds; giving up.`);
  program.kill("SIGKILL");
}, patience);

const waiting = [...texts];
let stopping = false;
let counted = false;
for await (const line of createInterface({ input: program.stdout })) {
  console.log(line);
  impatient.refresh();
  if (line.startsWith("(")) counted = true;
  if (line !== "") continue;
  // An empty line ends a batch.
  if (counted || waiting.length === texts.length) dropNext();
  counted = false;
}
const [code, signal] = await ended;
clearTimeout(impatient);
rmSync(directory, { recursive: true, force: true });
say(code === 0 ? "The program has stopped by itself." : `The program ended with ${signal ?? `exit code ${code}`}.`);
process.exitCode = code ?? 1;

/** The next text appears whole, by a rename, as files should; after the last the program is told to stop. */
function dropNext(): void {
  const name = waiting.shift();
  if (stopping) return;
  if (name === undefined) {
    stopping = true;
    say("All texts are counted; stopping the program as Ctrl-C does.");
    program.kill("SIGINT");
    return;
  }
  const hidden = join(directory, `.${name}`);
  copyFileSync(join(examples, "data", name), hidden);
  renameSync(hidden, join(directory, name));
  say(`Dropped ${name} (${Math.round(statSync(join(directory, name)).size / 1000)} kB).`);
}

function say(text: string): void {
  console.log(`[demo] ${text}`);
}
