/** `dstreams shell` as a person uses it, with lines piped in. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dstreams, startDstreams } from "./support/run.ts";

/** What the shell answers to these lines, one string. */
async function session(lines: readonly string[], options: readonly string[] = []): Promise<string> {
  const { code, stdout, stderr } = await dstreams(["shell", "--master", "local[2]", ...options], {
    input: `${lines.join("\n")}\n`,
  });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  return stdout;
}

describe("shell", { concurrency: 2 }, () => {
  test("functions of earlier lines travel with what they capture", async () => {
    const output = await session([
      "const factor: number = 3",
      "let base = 1",
      "function scale(x: number): number { return x * factor + base }",
      "class Twice { apply(x: number) { return 2 * x } }",
      "const twice = new Twice()",
      "void (base = 10)",
      "await sc.parallelize([1, 2, 3], 2).map(x => twice.apply(scale(x))).collect()",
      'import { basename } from "node:path"',
      'sc.parallelize(["/a/b"]).map(p => basename(p)).first()',
    ]);
    assert.equal(output, "[ 26, 32, 38 ]\n'b'\n");
  });

  test("functions see what was set at the prompt since they were last used", async () => {
    const output = await session([
      "let n = 1",
      "const f = (x: number) => x + n",
      "sc.parallelize([1], 1).map(f).first()",
      "void (n = 10)",
      "sc.parallelize([1], 1).map(f).first()",
    ]);
    assert.equal(output, "2\n11\n");
  });

  test("contexts, RDDs and streams show as one line", async () => {
    const output = await session([
      "sc",
      "sc.range(3)",
      "const ssc = new StreamingContext(sc, 1)",
      "ssc",
      "ssc.queueStream([[1]])",
      "({ a: [1, undefined] })",
    ]);
    const lines = output.trimEnd().split("\n");
    assert.equal(lines.length, 5, output);
    assert.match(lines[0] ?? "", /SparkContext/);
    assert.equal(lines[4], "{ a: [ 1, undefined ] }");
  });

  test("lines that belong together, in pasted order, each after the one before has ended", async () => {
    const output = await session([
      "const total = await sc.parallelize([1, 2, 3]).map(x => {",
      "  return x + 1",
      "}).sum()",
      "total",
      "new Promise<string>(resolve => setTimeout(resolve, 50, 'first'))",
      "'second'",
    ]);
    assert.equal(output.replaceAll(/^(?:\.{3} |\| )+/gm, ""), "9\n'first'\n'second'\n");
  });

  test("lines run to the last one, though the input ends while an earlier one waits", async () => {
    const output = await session([
      "await sc.range(3).count()",
      "function next(x: number) {",
      "  return x + 1",
      "}",
      "next(1)",
    ]);
    assert.equal(output.replaceAll(/^(?:\.{3} |\| )+/gm, ""), "3\n2\n");
  });

  test("a mistake leaves the shell as it was", async () => {
    const output = await session([
      "const a = 1",
      "nobody.home()",
      "const b = ;",
      "sc.parallelize([1]).map(() => { throw new RangeError('mine') }).collect()",
      "a",
    ]);
    assert.match(output, /^Uncaught ReferenceError: nobody is not defined\n +at REPL\d+:1:1$/m);
    assert.match(output, /^Uncaught SyntaxError: Expression expected$/m);
    assert.match(output, /^Error: map at REPL\d+:1 failed: mine\n[^]*^Caused by: RangeError: mine\n/m);
    assert.doesNotMatch(output, /cli\/shell|engine\/local/);
    assert.match(output, /\n1\n$/);
  });

  test("the options are those of submit", async () => {
    const output = await session(["sc.appName", "sc.getConf().get('spark.x')"], ["--name", "mine", "-c", "spark.x=y"]);
    assert.equal(output, "'mine'\n'y'\n");
  });

  test("a stream runs while lines are typed, and leaving ends it", async () => {
    const shell = startDstreams(["shell", "--master", "local[2]"]);
    shell.process.stdin.write("const ssc = new StreamingContext(sc, 0.1)\nconst queue: number[][] = []\n");
    shell.process.stdin.write("ssc.queueStream(queue).map(x => x * 2).pprint()\nawait ssc.start()\nqueue.push([21])\n");
    await shell.until(/^42$/m);
    shell.process.stdin.end();
    const { code, stderr } = await shell.ended;
    assert.equal(code, 0, stderr);
  });
});
