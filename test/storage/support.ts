import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const local = new URL("../../src/storage/local.ts", import.meta.url).href;

/** Runs statements with `storage` at hand in a process that may not do everything; its `code message`, or `ok`. */
export function runUnprivileged(statements: string): Promise<string> {
  return run(process.execPath, [
    "--input-type=module",
    "-e",
    program(`process.setuid?.(process.getuid?.() === 0 ? 65534 : process.getuid());`, statements),
  ]);
}

/** The same with files of at most 512 KB: to a writer it is what a full disk is. */
export function runWithFileLimit(statements: string): Promise<string> {
  const script = `ulimit -f 512; exec "$0" --input-type=module -e "$1"`;
  return run("bash", ["-c", script, process.execPath, program("", statements)]);
}

function program(before: string, statements: string): string {
  return `
    import { localStorage as storage } from ${JSON.stringify(local)};
    ${before}
    try { ${statements} console.log("ok"); } catch (error) { console.log(error.code, error.message); }`;
}

function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => child.on("error", reject).on("close", () => resolve(output)));
}
