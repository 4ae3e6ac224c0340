import assert from "node:assert/strict";
import { test } from "node:test";
import { DStreamsError } from "../../src/base/errors.ts";
import { capture } from "../../src/closure/capture.ts";
import { classDefinitions, classTable, loadClass } from "../../src/closure/classes.ts";
import { Unit } from "./fixtures/helpers.ts";
import { remotely } from "./support/remote.ts";

const tag = "name";
let evaluated = 0;

class Point {
  static made = 7;
  static readonly origin: Point = new Point(0, 0);
  static readonly twice = (n: number): number => n * Point.made;
  static {
    evaluated++;
  }
  readonly x: number;
  readonly y: number;
  label = `a ${tag}`;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  get sum(): number {
    return this.x + this.y;
  }
  static of(x: number): Point {
    return new this(x, x);
  }
  [Symbol.toPrimitive](): string {
    return `${this.x},${this.y}`;
  }
  static [`${tag}d`](): string {
    return "computed";
  }
}

class Point3 extends Point {
  z = 1;
  override get sum(): number {
    return super.sum + this.z;
  }
  clone(): Point3 {
    return Object.assign(new Point3(this.x, this.y), this);
  }
}

test("classes with heritage, statics, accessors and computed members", async () => {
  const use = (): unknown[] => [
    new Point3(1, 2).sum,
    Point.made,
    Point.twice(2),
    Point3.of(2).sum,
    Point.origin.sum,
    Point.origin instanceof Point,
    `${new Point(1, 2) as never}`,
    (Point as unknown as Record<string, () => string>)["named"]?.(),
    new Point3(1, 1).label,
    Point3.name,
    Object.getPrototypeOf(Point3) === Point,
    Object.getOwnPropertyNames(Point.prototype).join(),
  ];
  assert.deepEqual(await remotely(use), use());
});

test("evaluating a class again does not repeat what it did: statics have the values of now", async () => {
  Point.made = 9;
  assert.equal(evaluated, 1);
  class Registered {
    static count = ++evaluated;
  }
  Registered.count = 50;
  assert.equal(await remotely(() => Registered.count), 50);
  Point.made = 7;
});

test("instances keep their class, in captured values and across functions", async () => {
  const p = new Point3(4, 5);
  assert.deepEqual(await remotely(() => [p.sum, p instanceof Point3, p.clone().sum]), [10, true, 10]);
  const check = (other: unknown): boolean => other instanceof Point3;
  assert.equal(await remotely(() => check(p)), true);
});

test("classes that refer to each other, class expressions, and classes made by functions", async () => {
  class Node {
    leaf(): unknown {
      return new Leaf();
    }
  }
  class Leaf extends Node {}
  const Named = class Inner {
    static self(): boolean {
      return Inner === Named;
    }
  };
  const withLog = <T extends new (...args: any[]) => object>(Base: T) =>
    class extends Base {
      logged = true;
    };
  class Mixed extends withLog(Point) {}
  const use = (): unknown[] => [
    new Node().leaf() instanceof Leaf,
    Named.self(),
    Named.name,
    new Mixed(1, 2).logged,
    new Mixed(1, 2).sum,
  ];
  assert.deepEqual(await remotely(use), [true, true, "Inner", true, 3]);
});

test("a class is what its prototype has become", async () => {
  class Late {
    declared(): string {
      return "declared";
    }
  }
  Object.assign(Late.prototype, { added: () => "added", declared: () => "replaced" });
  const late = new Late() as Late & { added(): string };
  assert.deepEqual(await remotely(() => [late.added(), late.declared()]), ["added", "replaced"]);
});

test("classes over built-in ones", async () => {
  class Bag<T> extends Map<T, number> {
    add(item: T): this {
      return this.set(item, (this.get(item) ?? 0) + 1);
    }
  }
  class Stack extends Array<number> {
    get top(): number | undefined {
      return this.at(-1);
    }
  }
  const bag = new Bag<string>().add("a").add("a");
  const stack = Stack.from([1, 2]) as Stack;
  const use = (): unknown[] => [
    bag.add("a").get("a"),
    bag instanceof Bag,
    stack.top,
    stack.length,
    stack instanceof Stack,
  ];
  assert.deepEqual(await remotely(use), [3, true, 2, 2, true]);
});

test("a class with private fields travels; its instances are refused", async () => {
  class Counter {
    static #made = 0;
    #n = 0;
    next(): number {
      Counter.#made++;
      return ++this.#n;
    }
    static get made(): number {
      return Counter.#made;
    }
  }
  const use = (): number[] => {
    const counter = new Counter();
    counter.next();
    return [counter.next(), Counter.made];
  };
  assert.deepEqual(await remotely(use), [2, 2]);
  const counter = new Counter();
  assert.throws(() => capture(() => counter.next()), /counter \(Counter\).*private fields \(#n\)/s);
});

test("the class table: by value in the driver, by reference for exports", async () => {
  const before = classDefinitions(0).length;
  class Row {
    readonly id = 1;
  }
  const id = classTable.idOf(Row);
  assert.match(id, /^c\d+$/);
  assert.equal(classTable.idOf(Row), id);
  assert.equal(classTable.classOf(id), Row);
  assert.equal(classDefinitions(before).length, 1);
  const unit = classTable.idOf(Unit);
  assert.equal(unit, `${new URL("./fixtures/helpers.ts", import.meta.url).href}#Unit`);
  await loadClass(unit);
  assert.equal(classTable.classOf(unit), Unit);
  assert.equal(classTable.classOf("c999999"), undefined);
});

test("classes that cannot be those of records", async () => {
  class Hidden {
    #secret = 1;
    show(): number {
      return this.#secret;
    }
  }
  class Live extends AbortController {}
  class Used {
    #secret = 1;
    show(): number {
      return this.#secret;
    }
  }
  // A function that makes one may travel, and takes the class along.
  capture(() => new Used());
  for (const [type, message] of [
    [Hidden, /class Hidden cannot be records. It has private fields \(#secret\)/],
    [Used, /class Used cannot be records. It has private fields \(#secret\)/],
    [Live, /class Live cannot be records. It extends AbortController/],
  ] as const) {
    assert.throws(
      () => classTable.idOf(type),
      (error: unknown) =>
        error instanceof DStreamsError && error.code === "DSTREAMS_RECORD" && message.test(error.message),
    );
  }
  await assert.rejects(loadClass("nonsense"), /class that is not known here: nonsense/);
});
