import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { label, makeScaler, scale, Unit } from "./fixtures/helpers.ts";
import * as helpers from "./fixtures/helpers.ts";
import anonymous from "./fixtures/default-export.ts";
import { remotely } from "./support/remote.ts";

const factor: number = 3;

function helper(x: number): number {
  return x * factor;
}

function /* a name */ even /* and more */(n: number): boolean {
  return n === 0 || odd(n - 1);
}

function odd(n: number): boolean {
  return n !== 0 && even(n - 1);
}

let memoized = (n: number): number => (n < 2 ? n : memoized(n - 1) + memoized(n - 2));
{
  const plain = memoized;
  const known = new Map<number, number>();
  memoized = n => {
    let value = known.get(n);
    if (value === undefined) known.set(n, (value = plain(n)));
    return value;
  };
}

test("free variables of module and function scopes", async () => {
  const here = 2;
  assert.equal(await remotely((x: number) => helper(x) + here + factor, 5), 20);
});

test("recursion, mutual recursion, and a function replaced by a wrapper of itself", async () => {
  const factorial = function self(n: number): number {
    return n < 2 ? 1 : n * self(n - 1);
  };
  assert.equal(await remotely(factorial, 5), 120);
  assert.equal(await remotely(() => even(10)), true);
  assert.equal(await remotely((n: number) => memoized(n), 70), 190392490709135);
});

test("an inner name of a function expression hides the same name outside", async () => {
  function pick(n: number): string {
    return `outer ${n}`;
  }
  const inner = function pick(n: number): unknown {
    return n === 0 ? "inner" : pick(n - 1);
  };
  assert.equal(pick(1), "outer 1");
  assert.equal(await remotely(inner, 2), "inner");
});

test("functions made in loops keep their own variable", async () => {
  const made: (() => number)[] = [];
  for (let i = 0; i < 3; i++) made.push(() => i);
  assert.deepEqual(await Promise.all([await remotely(made[0] as never), await remotely(made[2] as never)]), [0, 2]);
});

test("shadowing, defaults, destructuring, rest, catch, labels", async () => {
  const a = 1;
  const fallback = 10;
  function f({ b = fallback, c: [d = a] = [] as number[] } = {} as { b?: number; c?: number[] }, ...rest: number[]) {
    let total = b + d;
    outer: for (const a of rest) {
      for (;;) {
        total += a;
        continue outer;
      }
    }
    try {
      throw new Error("x");
    } catch ({ message }: any) {
      return `${total} ${String(message)} ${a}`;
    }
  }
  assert.equal(await remotely(f, undefined, 100, 200), "311 x 1");
});

test("async functions, generators and async generators", async () => {
  const two = 2;
  const twice = async (x: number): Promise<number> => (await Promise.resolve(x)) * two;
  function* count(n: number): Generator<number> {
    for (let i = 0; i < n; i++) yield i * two;
  }
  async function* slowly(n: number): AsyncGenerator<number> {
    for (const i of count(n)) yield twice(i);
  }
  const collect = async (n: number): Promise<number[]> => {
    const all: number[] = [];
    for await (const x of slowly(n)) all.push(x);
    return [...all, ...count(2)];
  };
  assert.deepEqual(await remotely(collect, 3), [0, 4, 8, 0, 2]);
});

test("methods, getters, setters and computed names of objects", async () => {
  const unit = "km";
  const key = Symbol("key");
  const object = {
    base: 1,
    get sum(): number {
      return this.base + 1;
    },
    set sum(value: number) {
      this.base = value * 10;
    },
    [key](): string {
      return unit;
    },
    [`${unit}s`](n: number): string {
      return `${n} ${unit}`;
    },
    *[Symbol.iterator](): Generator<number> {
      yield this.base;
    },
    async "a name"(): Promise<string> {
      return unit;
    },
    get(): string {
      return "get";
    },
    [["listed"][0] as "listed"](): string {
      return unit;
    },
  };
  const read = async (): Promise<unknown[]> => {
    const before = object.sum;
    object.sum = 4;
    const named = object["kms"] as (n: number) => string;
    return [
      before,
      object.base,
      object[key](),
      named(3),
      [...object],
      await object["a name"](),
      object.get(),
      object[key].name,
      object.listed(),
    ];
  };
  assert.deepEqual(await remotely(read), [2, 40, "km", "3 km", [40], "km", "get", "[key]", "km"]);
});

test("a method that travels alone, and one that uses super with its object", async () => {
  const parent = {
    greet(): string {
      return "hello";
    },
  };
  const child = {
    __proto__: parent,
    greet(): string {
      return `${super.greet()} world`;
    },
  };
  assert.equal(await remotely(() => child.greet()), "hello world");
  assert.equal(await remotely(parent.greet), "hello");
  const { greet } = child;
  await assert.rejects(
    remotely(() => greet()),
    /uses `super` and was taken from its object/,
  );
});

test("imports travel by reference: functions, classes, namespaces, defaults, packages, node modules", async () => {
  const use = async (x: number): Promise<unknown[]> => [
    scale(x),
    label.text,
    helpers.scale(1),
    new Unit(2).doubled,
    anonymous(4),
    path.basename("/a/b.txt"),
    createHash("sha1").update("x").digest("hex").length,
    typeof promisify(setTimeout),
    await delay(0, "late"),
  ];
  assert.deepEqual(await remotely(use, 2), [20, "ten", 10, 4, 8, "b.txt", 40, "function", "late"]);
});

test("imported modules are imported, not copied: what the driver changed in them stays there", async () => {
  helpers.label.text = "changed";
  assert.equal(await remotely(() => label.text), "ten");
  helpers.label.text = "ten";
});

test("functions of other modules that came some other way", async () => {
  const table = { run: scale, type: Unit, other: anonymous };
  assert.deepEqual(await remotely(() => [table.run(1), table.run === scale, table.type === Unit, table.other(1)]), [
    10,
    true,
    true,
    5,
  ]);
  const made = makeScaler(7);
  assert.equal(await remotely(() => made(2)), 14 + 100);
});

test("globals, natives and bound functions", async () => {
  const max = Math.max;
  const has = Map.prototype.has;
  const size = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get;
  const log = console.log;
  const { join } = path;
  const add = (a: number, b: number): number => a + b + factor;
  const addTwo = add.bind(null, 2);
  const first = function (this: { x: number }, y: number): number {
    return this.x + y;
  }.bind({ x: 40 });
  const Numbers = Int8Array;
  const trim = String.prototype.trim;
  const timer = setTimeout;
  const values = Reflect.getPrototypeOf(Int8Array);
  const use = (): unknown[] => [
    max(1, 2),
    has.call(new Map([[1, 1]]), 1),
    size?.call(new Map([[1, 1]])),
    typeof log,
    join("a", "b"),
    addTwo(1),
    first(2),
    new Numbers(2).length,
    trim.call(" x "),
    timer === setTimeout,
    values === Object.getPrototypeOf(Uint8Array),
    [globalThis, Math, JSON, process].map(x => typeof x),
  ];
  const here = [
    2,
    true,
    1,
    "function",
    join("a", "b"),
    6,
    42,
    2,
    "x",
    true,
    true,
    ["object", "object", "object", "object"],
  ];
  assert.deepEqual(await remotely(use), here);
  assert.equal(await remotely(Math.max, 3, 4), 4);
  assert.equal(await remotely(addTwo, 5), 10);
});

test("mutable variables are shared by the functions of one capture", async () => {
  function counter(): { inc: () => number; get: () => number } {
    let n = 0;
    return { inc: () => ++n, get: () => n };
  }
  const a = counter();
  a.inc();
  const b = counter();
  const run = (): number[] => {
    a.inc();
    a.inc();
    b.inc();
    return [a.get(), b.get(), total];
  };
  assert.deepEqual(await remotely(run), [3, 1, 0]);
  assert.deepEqual(await remotely(() => [accumulate(2), accumulate(3), total]), [2, 5, 5]);
  assert.equal(total, 0);
});

let total = 0;
function accumulate(x: number): number {
  total += x;
  return total;
}

test("variables of two scopes that look the same stay apart; functions that see each other need no heap", async () => {
  const counter = (): [() => number, () => number] => {
    let n = 0;
    return [() => ++n, () => n];
  };
  const [incA, getA] = counter();
  const [incB, getB] = counter();
  const run = (): number[] => {
    incA();
    incA();
    incB();
    return [getA(), getB()];
  };
  assert.deepEqual(await remotely(run), [2, 1]);
  const visible = (): (() => number) => {
    let n = 0;
    const inc = (): void => {
      n++;
    };
    return () => {
      inc();
      return n;
    };
  };
  assert.equal(await remotely(visible()), 1);
});

test("re-created functions see fresh values", async () => {
  let threshold = 1;
  const make = (): (() => number) => () => threshold;
  assert.equal(await remotely(make()), 1);
  threshold = 2;
  assert.equal(await remotely(make()), 2);
});

test("properties of functions, tags of templates, arguments, this, new.target", async () => {
  function tag(parts: TemplateStringsArray, ...values: number[]): string {
    return parts.join("|") + values.join(",");
  }
  tag.calls = 5;
  function old(this: { n: number }, _: unknown): unknown {
    const inner = (): number => arguments.length;
    return [this.n, arguments.length, inner()];
  }
  function Legacy(this: { made: boolean }): void {
    this.made = new.target !== undefined;
  }
  Legacy.prototype.shout = function (this: { made: boolean }): string {
    return `made ${this.made}`;
  };
  const legacy = new (Legacy as unknown as new () => { shout(): string })();
  function around(..._: unknown[]): () => unknown[] {
    return () => [...arguments];
  }
  const lexical = around(1, 2);
  const use = (): unknown[] => [
    tag`a${1}b`,
    tag.calls,
    old.call({ n: 1 }, 2),
    legacy.shout(),
    legacy instanceof Legacy,
    lexical(),
  ];
  assert.deepEqual(await remotely(use), ["a|b1", 5, [1, 1, 1], "made true", true, [1, 2]]);
});

test("import.meta and import() are those of the file where the function was written", async () => {
  const where = async (): Promise<unknown[]> => {
    const { scale } = (await import("./fixtures/helpers.ts")) as typeof helpers;
    return [import.meta.url, import.meta.dirname, import.meta.resolve("./x.ts"), scale(3)];
  };
  assert.deepEqual(await remotely(where), [
    import.meta.url,
    import.meta.dirname,
    new URL("./x.ts", import.meta.url).href,
    30,
  ]);
});

test("functions compiled by eval, new Function and vm", async () => {
  const seen = 6;
  const { runInThisContext, runInNewContext } = await import("node:vm");
  const evaluated = eval("(x => x + seen)") as (x: number) => number;
  const dynamic = new Function("x", "return x * 2") as (x: number) => number;
  const script = runInThisContext("(x => x + 1)") as (x: number) => number;
  const other = runInNewContext("const k = 5; ({ f: x => x + k, list: [1, { a: 1 }] })") as {
    f: (x: number) => number;
    list: unknown;
  };
  const use = (): unknown[] => [evaluated(1), dynamic(1), script(1), other.f(1), JSON.stringify(other.list)];
  assert.deepEqual(await remotely(use), [7, 2, 2, 6, '[1,{"a":1}]']);
  assert.equal(seen, 6);
});
