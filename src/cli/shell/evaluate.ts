/** Runs what is typed, one input after the other, all in one scope: the top level of scripts. */
import vm from "node:vm";
import { forgetCaptures } from "../../closure/capture.ts";
import { rewrite } from "./rewrite.ts";
import { toJavaScript } from "./typescript.ts";

export class Evaluator {
  readonly #declared = new Set<string>();
  #inputs = 0;

  /** Declares a variable and gives it a value; functions that are typed later capture it as they would one of their own. */
  define(name: string, value: unknown): void {
    this.#declare([name]);
    const assign = vm.runInThisContext(`(value => { ${name} = value; })`) as (value: unknown) => void;
    assign(value);
  }

  /**
   * Reads the input now, throwing Incomplete or a SyntaxError, and gives what runs it.
   *
   * @returns runs the input; the result is its value, or a promise of it when it waits
   */
  prepare(input: string): () => unknown {
    const { names, code, isAsync } = this.#read(input);
    return () => {
      forgetCaptures();
      this.#declare(names);
      return this.#run(isAsync ? `(async () => {\n${code}\n})()` : code, isAsync ? -1 : 0);
    };
  }

  /** `{ a: 1 }` alone is an object, not a block with a label. */
  #read(input: string): ReturnType<typeof rewrite> {
    if (/^\s*\{/.test(input) && !/;\s*$/.test(input)) {
      try {
        return rewrite(toJavaScript(`(${input.trim()})`));
      } catch {
        // A block after all.
      }
    }
    return rewrite(toJavaScript(input));
  }

  #declare(names: readonly string[]): void {
    const fresh = names.filter(name => !this.#declared.has(name));
    if (fresh.length > 0) this.#run(`let ${fresh.join(", ")};`, 0);
    for (const name of fresh) this.#declared.add(name);
  }

  #run(code: string, lineOffset: number): unknown {
    return vm.runInThisContext(code, {
      filename: `REPL${++this.#inputs}`,
      lineOffset,
      displayErrors: false,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  }
}
