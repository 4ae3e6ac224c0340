/** The compiler's message for an operation by key on a stream of no pairs is the sentence that says what to do. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("reduceByKey on a stream of words", () => {
  const directory = mkdtempSync(join(tmpdir(), "dstreams-types-"));
  try {
    const program = `import type { DStream } from ${JSON.stringify(join(root, "src/index.ts"))};
declare const words: DStream<string>;
words.reduceByKey((a, b) => a + b);
words.map(word => [word, 1]).reduceByKey((a, b) => a + b);
`;
    writeFileSync(join(directory, "main.mts"), program);
    const compilerOptions = {
      typeRoots: [join(root, "node_modules/@types")],
      rewriteRelativeImportExtensions: false,
    };
    const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["main.mts"] };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    const tsc = [join(root, "node_modules/typescript/bin/tsc"), "-p", directory];
    const { stdout } = spawnSync(process.execPath, tsc, { encoding: "utf8" });
    assert.match(stdout, /main\.mts\(3,1\)/);
    assert.match(stdout, /This operation exists only on pairs: make every record a \[key, value\] first/);
    assert.doesNotMatch(stdout, /main\.mts\([124],/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
