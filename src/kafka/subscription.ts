import { describe, illegal } from "../rdd/checks.ts";
import type { TopicPartition, TopicPartitionOffset } from "./offset-range.ts";

/** Which partitions a stream reads; one of the three. */
export interface Subscription {
  /** All partitions of these topics, those too that are added later. */
  readonly topics?: readonly string[];
  /** All partitions of all topics whose whole name matches, those too that are made later. */
  readonly topicPattern?: RegExp | string;
  /** These partitions. */
  readonly assign?: readonly TopicPartition[];
}

/** Where a stream begins, where that is said. */
export interface Beginning {
  readonly fromOffsets?: readonly TopicPartitionOffset[] | undefined;
  /** Milliseconds since the epoch. */
  readonly timestamp?: number | undefined;
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
