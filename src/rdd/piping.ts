/** `pipe`: partitions through child processes. */
import { illegal } from "./checks.ts";
import { throughProcess } from "./kernels/pipe.ts";
import type { Lineage } from "./lineage.ts";
import type { RDD } from "./rdd.ts";

/** How `pipe` runs its child processes. */
export interface PipeOptions {
  /** Variables of the child's environment, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Fail when the child exits with another code than 0 (default false, as in PySpark). */
  readonly checkCode?: boolean;
}

export function piped(rdd: Lineage, command: string | readonly string[], options: PipeOptions): RDD<string> {
  const words: readonly unknown[] = typeof command === "string" ? splitCommand(command) : command;
  if (!Array.isArray(words) || words.length === 0 || words.some(word => typeof word !== "string")) {
    throw illegal("pipe takes the name of a program and its arguments.");
  }
  const fn = throughProcess(words as string[], options.env ?? {}, options.checkCode ?? false);
  return rdd.step("pipe", { op: "partitions", fn });
}

/** Words as a POSIX shell would see them, as far as blanks, quotes and backslashes go: nothing is expanded. */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote !== "") {
      if (c === quote) quote = "";
      else if (c === "\\" && quote === '"' && /["\\$`]/.test(text.charAt(i + 1))) word += text.charAt(++i);
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (c === "\\" ? text.charAt(++i) : c);
    }
  }
  if (quote !== "") throw illegal(`pipe: a quotation in the command has no end: ${text}`);
  if (word !== undefined) words.push(word);
  return words;
}
