// Loaded before a program of the documentation: a stream that would run forever ends gracefully after two batches.
import { StreamingContext } from "dstreams";

const waitForever = StreamingContext.prototype.awaitTermination;

StreamingContext.prototype.awaitTermination = async function (...args) {
  let left = 2;
  this.addStreamingListener({
    onBatchCompleted: () => {
      if (--left === 0) void this.stop({ stopSparkContext: true, stopGracefully: true });
    },
  });
  return waitForever.apply(this, args);
};
