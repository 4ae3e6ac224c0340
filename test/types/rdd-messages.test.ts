/** The compiler's message for a wrong program contains the sentence that says what to do. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tmpdir } from "node:os";

const root = fileURLToPath(new URL("../..", import.meta.url));

function compile(program: string): string {
  const directory = mkdtempSync(join(tmpdir(), "dstreams-types-"));
  try {
    const main = join(directory, "main.mts");
    writeFileSync(main, program.replace('"dstreams"', JSON.stringify(join(root, "src/index.ts"))));
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        typeRoots: [join(root, "node_modules/@types")],
        rewriteRelativeImportExtensions: false,
        noUnusedParameters: false,
      },
      include: [main],
    };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", directory], {
      encoding: "utf8",
    });
    return tsc.stdout
      .split("\n")
      .filter(line => line.includes("main.mts") || line.startsWith(" "))
      .join("\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("pair operations on what is no pair, sums of what is no number", () => {
  const messages = compile(`import { SparkContext } from "dstreams";
const sc = new SparkContext();
const words = sc.parallelize(["a b"]).flatMap(line => line.split(" "));
words.reduceByKey((a, b) => a);
void words.sum();
words.map(word => [word, 1]).reduceByKey((a, b) => a + b);
`);
  assert.match(
    messages,
    /main\.mts\(4,1\)[^(]*This operation exists only on pairs: make every record a \[key, value\] first/,
  );
  assert.match(messages, /main\.mts\(5,6\).*This operation exists only on numbers: make every record a number first/);
  assert.doesNotMatch(messages, /main\.mts\([1236],/);
});
