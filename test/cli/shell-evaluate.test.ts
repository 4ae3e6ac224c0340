import assert from "node:assert/strict";
import { test } from "node:test";
import { Evaluator } from "../../src/cli/shell/evaluate.ts";
import { Incomplete } from "../../src/cli/shell/typescript.ts";

/** Names are global to the process, so each test takes its own. */
async function evaluate(evaluator: Evaluator, ...inputs: string[]): Promise<unknown> {
  let value: unknown;
  for (const input of inputs) value = await evaluator.prepare(input)();
  return value;
}

test("expressions have values, declarations have none", async () => {
  const shell = new Evaluator();
  assert.equal(await evaluate(shell, "1 + 1"), 2);
  assert.equal(await evaluate(shell, "const a1 = 5"), undefined);
  assert.equal(await evaluate(shell, "a1 * 2"), 10);
  assert.equal(await evaluate(shell, "let b1: number, c1 = a1; c1"), 5);
  assert.equal(await evaluate(shell, "b1"), undefined);
  assert.equal(await evaluate(shell, "function f1(x: number) { return x + a1 }"), undefined);
  assert.equal(await evaluate(shell, "f1(1)"), 6);
  assert.equal(await evaluate(shell, "class C1 { y = 1 }; new C1().y"), 1);
  assert.equal(await evaluate(shell, "if (a1 > 1) 'big'; else 'small'"), "big");
  assert.equal(await evaluate(shell, ""), undefined);
  assert.equal(await evaluate(shell, "// nothing"), undefined);
});

test("types vanish", async () => {
  const shell = new Evaluator();
  assert.equal(await evaluate(shell, "interface I2 { a: string }", "const x2: I2 = { a: 'v' }; (x2 as I2).a!"), "v");
  assert.equal(await evaluate(shell, "type T2 = string"), undefined);
});

test("an object literal alone is an object", async () => {
  const shell = new Evaluator();
  assert.deepEqual(await evaluate(shell, "{ a: 1, b: 2 }"), { a: 1, b: 2 });
  assert.deepEqual(await evaluate(shell, "{}"), {});
  assert.equal(await evaluate(shell, "{ let x = 1; x + 1 }"), 2);
});

test("what is declared can be declared again, and patterns bind each name", async () => {
  const shell = new Evaluator();
  assert.equal(await evaluate(shell, "const a3 = 1", "const a3 = 2", "class a3 {}", "let a3 = 3; a3"), 3);
  const pattern = "const { b3, c3: [d3, , ...e3], f3 = 9, ...g3 } = { b3: 1, c3: [2, 0, 3, 4], h3: 5 }";
  assert.deepEqual(await evaluate(shell, pattern, "[b3, d3, e3, f3, g3]"), [1, 2, [3, 4], 9, { h3: 5 }]);
});

test("await may stand anywhere", async () => {
  const shell = new Evaluator();
  assert.equal(await evaluate(shell, "await Promise.resolve(4)"), 4);
  assert.equal(await evaluate(shell, "const a4 = await Promise.resolve(5)", "a4"), 5);
  assert.equal(await evaluate(shell, "let n4 = 0; for await (const x of [1, 2]) n4 += x", "n4"), 3);
  assert.equal(await evaluate(shell, "function g4() { return a4 } g4() + await 1"), 6);
  await assert.rejects(evaluate(shell, "await Promise.reject(new Error('no'))"), /no/);
  assert.equal(typeof shell.prepare("async () => { await 1 }")(), "function");
});

test("imports bind what they name", async () => {
  const shell = new Evaluator();
  assert.equal(await evaluate(shell, 'import { join as j5, sep } from "node:path"', "j5('a', 'b')"), "a/b");
  assert.equal(await evaluate(shell, 'import * as p5 from "node:path"; p5.sep'), "/");
  assert.equal(await evaluate(shell, 'import d5, { resolve as r5 } from "node:path"', "d5.resolve === r5"), true);
});

test("functions see later changes of variables that earlier lines declared", async () => {
  const shell = new Evaluator();
  assert.equal(await evaluate(shell, "let a6 = 1", "const f6 = () => a6", "a6 = 2", "f6()"), 2);
  shell.define("g6", 7);
  assert.equal(await evaluate(shell, "g6"), 7);
});

test("the beginning of something is incomplete", () => {
  const shell = new Evaluator();
  const beginnings = [
    "const a = {",
    "function f(",
    "foo(1,",
    "a +",
    "[1, 2",
    "if (x) {",
    "class A {",
    "`abc",
    "/* abc",
    "() =>",
    "lines\n  .map(line =>",
    "type A = {",
    "const x: Map<string,",
    "{",
  ];
  for (const text of beginnings) assert.throws(() => shell.prepare(`${text}\n`), Incomplete, text);
});

test("what no further line can mend is an error at once", () => {
  const shell = new Evaluator();
  for (const text of ["const b = ;", ")", "x = 'abc", "1 2", "enum A { X }", "export const a = 1", "const 1 = 2"]) {
    assert.throws(() => shell.prepare(`${text}\n`), SyntaxError, text);
  }
});
