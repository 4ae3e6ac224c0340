import assert from "node:assert/strict";
import { test } from "node:test";
import { programsOf } from "../../scripts/docs/blocks.ts";

const fence = "```";

test("programs of a Markdown file keep their lines", () => {
  const text = `# T\n${fence}ts\na;\n${fence}\n\n${fence}text\nout\n${fence}\n${fence}sh\nno\n${fence}\n${fence}ts no-run\nb;\n${fence}\nprose\n${fence}text\nnot its\n${fence}\n`;
  assert.deepEqual(programsOf("x.md", text), [
    { file: "x.md", line: 3, code: "\n\na;", run: true, output: "out" },
    { file: "x.md", line: 13, code: `${"\n".repeat(12)}b;`, run: false, output: undefined },
  ]);
});

test("a block that continues is one program with the one before", () => {
  const text = `${fence}ts\na;\n${fence}\nprose\n${fence}ts continue\nb;\n${fence}\n`;
  assert.deepEqual(programsOf("x.md", text), [
    { file: "x.md", line: 2, code: "\na;\n\n\n\nb;", run: true, output: undefined },
  ]);
  assert.throws(() => programsOf("x.md", `${fence}ts continue\n${fence}`), /continues nothing/);
});

test("programs of docstrings, and of these only", () => {
  const text = `/**\n * Does.\n * @example\n * ${fence}ts\n * if (a) {\n *   b;\n * }\n * ${fence}\n */\nconst s = \`\n${fence}ts\nno;\n${fence}\`;\n`;
  assert.deepEqual(programsOf("x.ts", text), [
    { file: "x.ts", line: 5, code: "\n\n\n\nif (a) {\n  b;\n}", run: true, output: undefined },
  ]);
});
