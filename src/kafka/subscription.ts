import { describe, illegal } from "../rdd/checks.ts";
import type { Cluster, TopicState } from "./cluster.ts";
import { noSuchTopic } from "./failures.ts";
import type { TopicPartition } from "./offset-range.ts";

/** Which partitions a stream reads; one of the three. */
export interface Subscription {
  /** All partitions of these topics, those too that are added later. */
  readonly topics?: readonly string[];
  /** All partitions of all topics whose whole name matches, those too that are made later. */
  readonly topicPattern?: RegExp | string;
  /** These partitions. */
  readonly assign?: readonly TopicPartition[];
}

export function checkSubscription(operator: string, subscription: Subscription): void {
  const { topics, topicPattern, assign } = subscription;
  const given = [topics, topicPattern, assign].filter(each => each !== undefined);
  if (given.length !== 1)
    throw illegal(`${operator} takes one of topics, topicPattern and assign, but was given ${given.length}.`);
  if (topics !== undefined) requireNames(operator, topics);
  if (assign !== undefined && (!Array.isArray(assign) || assign.length === 0)) {
    throw illegal(`${operator}: assign must be an array of { topic, partition }, but is ${describe(assign)}.`);
  }
}

function requireNames(operator: string, topics: readonly string[]): void {
  if (!Array.isArray(topics) || topics.length === 0) {
    throw illegal(`${operator}: topics must be an array of names, but is ${describe(topics)}.`);
  }
  for (const topic of topics) {
    if (typeof topic === "string" && /^[\w.-]{1,249}$/.test(topic)) continue;
    throw illegal(`${operator}: ${describe(topic)} is no name of a topic.`);
  }
}

export interface Found {
  readonly partitions: readonly TopicPartition[];
  readonly topics: ReadonlyMap<string, TopicState>;
}

/** The partitions that there are now. Rejects when a topic that was named does not exist. */
export async function findPartitions(cluster: Cluster, subscription: Subscription): Promise<Found> {
  const { topicPattern, assign } = subscription;
  const names = subscription.topics ?? assign?.map(({ topic }) => topic);
  const all = await cluster.topics(names && [...new Set(names)]);
  const missing = names?.find(name => !all.has(name));
  if (missing !== undefined) throw noSuchTopic(missing, cluster.settings.brokers);
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
