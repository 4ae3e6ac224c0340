/**
 * The clients of this worker thread: one for each set of settings, shared by all tasks that run here, closed when it has not been used for
 * `connections.max.idle.ms`. The thread's end closes what is left.
 *
 * This is state of the module, on purpose: a task is a function and its split, and the next task is to find the connection of the last.
 */
import type { Producer } from "@platformatic/kafka";
import { Cluster } from "./cluster.ts";
import { newProducer } from "./connecting.ts";
import type { KafkaSettings } from "./params.ts";

interface Shared<C> {
  readonly client: C;
  readonly close: () => Promise<unknown>;
  users: number;
  timer?: NodeJS.Timeout;
}

const clients = new Map<string, Shared<unknown>>();
const providers = new WeakMap<object, number>();
let lastProvider = 0;

/** The reading client for these settings, until `done` is called. */
export function useCluster(settings: KafkaSettings): { client: Cluster; done: () => void } {
  return use("cluster", settings, () => {
    const cluster = new Cluster(settings);
    return { client: cluster, close: () => cluster.close() };
  });
}

/** The writing client for these settings, until `done` is called. */
export function useProducer(settings: KafkaSettings): { client: Promise<Producer>; done: () => void } {
  return use("producer", settings, () => {
    const producer = newProducer(settings);
    producer.catch(() => undefined); // whoever waits for it is told
    return { client: producer, close: async () => (await producer).close() };
  });
}

/** The next who asks for a producer with these settings gets a new one. */
export function forgetProducer(settings: KafkaSettings): void {
  const key = keyOf("producer", settings);
  const shared = clients.get(key);
  if (shared === undefined) return;
  clients.delete(key);
  clearTimeout(shared.timer);
  shared.close().catch(() => undefined);
}

function use<C>(
  kind: string,
  settings: KafkaSettings,
  make: () => { client: C; close: () => Promise<unknown> },
): { client: C; done: () => void } {
  const key = keyOf(kind, settings);
  let shared = clients.get(key) as Shared<C> | undefined;
  if (shared === undefined) clients.set(key, (shared = { ...make(), users: 0 }));
  const { client } = shared;
  shared.users++;
  clearTimeout(shared.timer);
  return { client, done: () => release(key, settings.idleMs) };
}

function release(key: string, idleMs: number): void {
  const shared = clients.get(key);
  if (shared === undefined || --shared.users > 0) return;
  shared.timer = setTimeout(() => {
    clients.delete(key);
    shared.close().catch(() => undefined);
  }, idleMs).unref();
}

/** Settings are equal when they say the same; a function that gives tokens is equal to itself only. */
function keyOf(kind: string, settings: KafkaSettings): string {
  return `${kind} ${JSON.stringify(settings, (_, value: unknown) => (typeof value === "function" ? providerId(value) : value))}`;
}

function providerId(provider: object): number {
  let id = providers.get(provider);
  if (id === undefined) providers.set(provider, (id = ++lastProvider));
  return id;
}
