/** Runs asynchronous tasks one at a time, in the order they came: the one place where a stream's graph is touched. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<R>(task: () => R | Promise<R>): Promise<R> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
