// Loaded before a program of the documentation: a stream that would run forever ends gracefully after two batches.
import { StreamingContext } from "dstreams";

const waitForever = StreamingContext.prototype.awaitTermination;

StreamingContext.prototype.awaitTermination = async function (...args) {
  let left = 2;
  const enough = Promise.withResolvers();
  this.addStreamingListener({ onBatchCompleted: () => --left === 0 && enough.resolve() });
  // Not in the listener itself: a stream cannot be stopped from there.
  void enough.promise.then(() => this.stop({ stopSparkContext: true, stopGracefully: true }));
  return waitForever.apply(this, args);
};
