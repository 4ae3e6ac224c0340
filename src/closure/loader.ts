/**
 * Compiles code whose `import()` resolves as in the file it names. Node calls the option that does this experimental, and
 * says so on standard error at the first `import()` of the process; users should not read that about their own program.
 */
import { compileFunction, constants } from "node:vm";

export interface Placement {
  /** URL or path: for stack traces, breakpoints and `import()`. */
  readonly filename: string;
  readonly lineOffset?: number;
  readonly columnOffset?: number;
}

let quiet = false;

export function compileIn(
  source: string,
  parameters: readonly string[],
  place: Placement,
): (...args: unknown[]) => unknown {
  if (!quiet && source.includes("import")) {
    quiet = true;
    spendWarning();
  }
  return compileFunction(source, [...parameters], {
    ...place,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (...args: unknown[]) => unknown;
}

/** The warning is given once, synchronously: it is given here, to nobody. */
function spendWarning(): void {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    void compileIn("return import('node:module')", [], { filename: import.meta.url })();
  } finally {
    process.emitWarning = emitWarning;
  }
}
