import { illegal } from "../rdd/checks.ts";
import type { Cluster, TopicState } from "./cluster.ts";
import { noSuchTopic } from "./failures.ts";
import type { TopicPartition } from "./offset-range.ts";
import type { Subscription } from "./subscription.ts";

export interface Found {
  readonly partitions: readonly TopicPartition[];
  readonly topics: ReadonlyMap<string, TopicState>;
}

/** The partitions that there are now. Rejects when a topic that was named does not exist. */
export async function findPartitions(cluster: Cluster, subscription: Subscription): Promise<Found> {
  const all = await findTopics(cluster, subscription);
  const missing = namesOf(subscription)?.find(name => !all.has(name));
  if (missing !== undefined) throw noSuchTopic(missing, cluster.settings.brokers);
  return partitionsOf(all, subscription);
}

/** The topics that there are now, of those that are named. */
export function findTopics(cluster: Cluster, subscription: Subscription): Promise<ReadonlyMap<string, TopicState>> {
  const names = namesOf(subscription);
  return cluster.topics(names && [...new Set(names)]);
}

function namesOf({ topics, assign }: Subscription): readonly string[] | undefined {
  return topics ?? assign?.map(({ topic }) => topic);
}

/** The partitions of these topics that belong to the subscription. */
export function partitionsOf(all: ReadonlyMap<string, TopicState>, subscription: Subscription): Found {
  const { topicPattern, assign } = subscription;
  const pattern = topicPattern === undefined ? undefined : wholly(topicPattern);
  const topics = new Map([...all].filter(([name]) => pattern?.test(name) ?? true));
  const there = [...topics].flatMap(([topic, { leaders }]) =>
    Array.from(leaders, (_, partition) => ({ topic, partition })),
  );
  if (assign === undefined) return { partitions: there, topics };
  const absent = assign.find(one => one.partition >= (topics.get(one.topic)?.leaders.length ?? 0));
  if (absent !== undefined) throw illegal(`Topic ${absent.topic} has no partition ${absent.partition}.`);
  return { partitions: assign, topics };
}

function wholly(pattern: RegExp | string): RegExp {
  return typeof pattern === "string"
    ? new RegExp(`^(?:${pattern})$`, "u")
    : new RegExp(`^(?:${pattern.source})$`, pattern.flags.replaceAll(/[gy]/g, ""));
}
