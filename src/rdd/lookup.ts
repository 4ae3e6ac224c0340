import type { CallSite } from "../base/site.ts";
import { placeBy } from "../plan/placing.ts";
import { withKey } from "./kernels/records.ts";
import type { Lineage } from "./lineage.ts";

/** The values of a key, out of its partition only where that can be told. */
export async function lookup<V>(rdd: Lineage, key: unknown, site: CallSite): Promise<V[]> {
  const { partitioner } = await rdd.plan();
  const partition = partitioner && placeBy(partitioner)?.(key);
  const options = partition === undefined ? {} : { partitions: [partition] };
  return (await rdd.context.driver.run(rdd, { kind: "partition", fn: withKey(key) }, site, options)).flat(1) as V[];
}
