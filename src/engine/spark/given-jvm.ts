/**
 * The JVM that has started this process, as it does in cluster deploy mode: Spark's launcher has made its configuration there, the way it
 * would for a program of Java's.
 */
import { Gateway } from "./gateway/gateway.ts";
import { asObject, asString } from "./gateway/parts.ts";

/** Its configuration, of which the environment of this process says nothing. */
export async function givenConfiguration(): Promise<Map<string, string>> {
  const gateway = await Gateway.start();
  const { control } = gateway;
  try {
    const all = asObject(await control.call(await control.construct("org.apache.spark.SparkConf", true), "getAll"));
    const entries = Array.from({ length: await control.arrayLength(all) }, async (_, i) => {
      const pair = asObject(await control.arrayGet(all, i));
      return Promise.all(["_1", "_2"].map(async part => asString(await control.call(pair, part))));
    });
    return new Map((await Promise.all(entries)) as [string, string][]);
  } finally {
    await gateway.stop();
  }
}
