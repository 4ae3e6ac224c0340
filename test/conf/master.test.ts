import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { parseMaster, requireLocal } from "../../src/conf/master.ts";

test("local masters", () => {
  const cores = availableParallelism();
  const cases: [string, number, number][] = [
    ["local", 1, 1],
    ["local[4]", 4, 1],
    ["local[*]", cores, 1],
    ["local[2,3]", 2, 3],
    ["local[ * , 5 ]", cores, 5],
  ];
  for (const [url, threads, maxFailures] of cases) {
    assert.deepEqual(parseMaster(url), { kind: "local", url, threads, maxFailures }, url);
  }
});

test("cluster masters are known, and refused by this version", () => {
  const cases: [string, string][] = [
    ["spark://host:7077,other:7077", "spark"],
    ["yarn", "yarn"],
    ["k8s://https://host:6443", "k8s"],
    ["local-cluster[2,1,1024]", "local-cluster"],
  ];
  for (const [url, kind] of cases) {
    assert.deepEqual(parseMaster(url), { kind, url });
    assert.throws(() => requireLocal(url), { code: "DSTREAMS_MASTER", message: /runs local masters only/ });
  }
});

test("anything else is named in the error", () => {
  for (const url of ["", "lokal", "local[]", "local[x]", "local[2", "local[-1]", "mesos://host:5050", "spark://"]) {
    const refused = (error: Error & { code?: string }) =>
      error.code === "DSTREAMS_MASTER" && error.message.startsWith(`Could not parse Master URL: '${url}'`);
    assert.throws(() => parseMaster(url), refused, url);
  }
  assert.throws(() => parseMaster("local[0]"), { code: "DSTREAMS_MASTER", message: /0 threads/ });
});
