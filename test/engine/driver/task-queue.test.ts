import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stage, Task } from "../../../src/engine/local/stage.ts";
import { TaskQueue } from "../../../src/engine/local/task-queue.ts";
import type { Wish } from "../../../src/engine/local/wishes.ts";

const wait = 1000;

function queueOf(...wishes: (readonly [kind: Wish["kind"], slot: number])[]): TaskQueue {
  const queue = new TaskQueue({} as Stage);
  wishes.forEach(([kind, slot], partition) => queue.add({ partition, wish: { kind, slot } } as Task, 0));
  return queue;
}

function take(queue: TaskQueue, slot: number, now: number): number | undefined {
  return queue.take(slot, now, wait)?.partition;
}

describe("the queue of a stage", () => {
  test("gives a worker the tasks that want it first, then those that want none", () => {
    const queue = queueOf(["anywhere", 0], ["habit", 1], ["must", 1], ["data", 0]);
    assert.deepEqual([take(queue, 1, 0), take(queue, 1, 0), take(queue, 1, 0)], [2, 1, 0]);
    assert.equal(take(queue, 1, 0), undefined);
    assert.equal(take(queue, 0, 0), 3);
    assert.equal(queue.size, 0);
  });

  test("lets a task go elsewhere after the wait for data, or a tenth of it for a habit", () => {
    const data = queueOf(["data", 0]);
    assert.equal(data.waitLeft(0, wait), 1000);
    assert.equal(take(data, 1, 999), undefined);
    assert.equal(take(data, 1, 1000), 0);
    const habit = queueOf(["habit", 0]);
    assert.equal(take(habit, 1, 99), undefined);
    assert.equal(take(habit, 1, 100), 0);
  });

  test("counts the wait from the last task that went where it wanted to", () => {
    const queue = queueOf(["data", 0], ["data", 0]);
    assert.equal(take(queue, 0, 900), 0);
    assert.equal(take(queue, 1, 1000), undefined);
    assert.equal(queue.waitLeft(1000, wait), 900);
    assert.equal(take(queue, 1, 1900), 1);
  });

  test("never lets a task go where its data are not", () => {
    const queue = queueOf(["must", 0]);
    assert.equal(take(queue, 1, 1e9), undefined);
    assert.equal(queue.waitLeft(1e9, wait), undefined);
    assert.equal(take(queue, 0, 1e9), 0);
  });

  test("is emptied by clear", () => {
    const queue = queueOf(["must", 0], ["anywhere", 0], ["data", 1]);
    assert.deepEqual(
      queue
        .clear()
        .map(task => task.partition)
        .sort(),
      [0, 1, 2],
    );
    assert.equal(take(queue, 0, 0), undefined);
    assert.equal(queue.size, 0);
  });
});
