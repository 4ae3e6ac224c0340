/** Ctrl-C and kill: the first ends the stream in order, the second ends the process at once. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { project, startDstreams } from "./support/run.ts";

const files = project({
  "stream.ts": `
    import { SparkContext, StreamingContext } from "dstreams";
    const ssc = new StreamingContext(new SparkContext(), 0.1);
    ssc.queueStream([[1, 2, 3]]).map(x => x * 2).foreachRDD(async rdd => {
      const sum = await rdd.fold(0, (a, b) => a + b);
      if (sum > 0) console.log("sum", sum);
    });
    await ssc.start();
    await ssc.awaitTermination();
    console.log("ended", ssc.getState());`,
  "stuck.ts": `
    import { SparkContext, StreamingContext } from "dstreams";
    const ssc = new StreamingContext(new SparkContext(), 0.1);
    ssc.queueStream([[1]]).foreachRDD(() => {
      console.log("in a batch");
      return new Promise<void>(() => {});
    });
    process.on("SIGINT", () => console.log("interrupted"));
    await ssc.start();
    await ssc.awaitTermination();`,
});
after(() => files.remove());

describe("interrupts", { concurrency: 2 }, () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} stops the stream; the program goes on after awaitTermination and ends by itself`, async () => {
      const program = startDstreams(["submit", "--master", "local[2]", files.path("stream.ts")]);
      await program.until(/^sum 12$/m);
      program.process.kill(signal);
      const { code, stdout, stderr } = await program.ended;
      assert.equal(stderr, "");
      assert.equal(stdout, "sum 12\nended STOPPED\n");
      assert.equal(code, 0);
    });
  }

  test("a stop that takes long says that it goes on, and how to end it", async () => {
    const program = startDstreams(["submit", "--master", "local[1]", files.path("stuck.ts")]);
    await program.until(/in a batch/);
    program.process.kill("SIGINT");
    await program.until(/WARN StreamingContext: Still stopping \(SIGINT\).* a second signal ends the process at once/);
    program.process.kill("SIGINT");
    assert.equal((await program.ended).code, 130);
  });

  test("a second Ctrl-C does not wait for the batch: exit code 130", async () => {
    const program = startDstreams(["submit", "--master", "local[1]", files.path("stuck.ts")]);
    await program.until(/in a batch/);
    program.process.kill("SIGINT");
    await program.until(/interrupted/);
    program.process.kill("SIGINT");
    assert.equal((await program.ended).code, 130);
  });
});
