/** Brokers of the ZooKeeper age (Kafka before 4.0), found as old programs do: by the address of the quorum. */
import type ZooKeeper from "node-zookeeper-client";
import type { Client } from "node-zookeeper-client";
import { DStreamsError } from "../base/errors.ts";
import { optional } from "../base/optional.ts";
import type { Security } from "./security.ts";

const scheme = "zookeeper://";
const patienceMs = 10_000;

/** True for `zookeeper://…`, for addresses with a path (a chroot), and where every port is ZooKeeper's own, 2181. */
export function isQuorum(addresses: string): boolean {
  if (addresses.startsWith(scheme) || /:\d+\//.test(addresses)) return true;
  return addresses.split(",").every(each => /:2181$/.test(each.trim()));
}

/**
 * The brokers that have registered themselves, as `bootstrap.servers`.
 *
 * @throws DSTREAMS_KAFKA when the quorum does not answer within 10 seconds, or knows no broker for the protocol
 */
export async function brokersOfQuorum(quorum: string, protocol: Security["protocol"]): Promise<string> {
  const address = quorum.startsWith(scheme) ? quorum.slice(scheme.length) : quorum;
  const registered = await registrations(address);
  const brokers = registered.flatMap(broker => addressesOf(broker, protocol));
  if (brokers.length > 0) return brokers.join(",");
  throw new DStreamsError(
    "DSTREAMS_KAFKA",
    `ZooKeeper at ${address} knows ${registered.length} brokers, none of them with a listener for ${protocol}. Check the chroot behind the address, and ` +
      "security.protocol; brokers from Kafka 4.0 on do without ZooKeeper, so give their own address.",
  );
}

interface Registration {
  readonly endpoints?: readonly string[];
  readonly listener_security_protocol_map?: Readonly<Record<string, string>>;
  readonly host?: string | null;
  readonly port?: number;
}

/** What the brokers have written below /brokers/ids. */
async function registrations(address: string): Promise<Registration[]> {
  const library = optional<typeof ZooKeeper>("node-zookeeper-client", "brokers are found through ZooKeeper with it");
  const client = library.createClient(address, { sessionTimeout: patienceMs, retries: 1 });
  const { promise: refused, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(silent(address)), patienceMs);
  try {
    const connected = new Promise<void>(resolve => client.once("connected", resolve));
    client.connect();
    await Promise.race([connected, refused]);
    const ids = await Promise.race([children(client, "/brokers/ids"), refused]);
    const texts = await Promise.race([Promise.all(ids.map(id => data(client, `/brokers/ids/${id}`))), refused]);
    return texts.map(text => JSON.parse(text) as Registration);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

function children(client: Client, path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    client.getChildren(path, (error, names) => (error ? reject(failed(path, error)) : resolve(names)));
  });
}

function data(client: Client, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.getData(path, (error, bytes) => (error ? reject(failed(path, error)) : resolve(bytes.toString("utf8"))));
  });
}

/** `["PLAINTEXT://host:9092", "SSL://host:9093"]`; names of listeners stand for protocols by the map beside them. */
function addressesOf(broker: Registration, protocol: string): string[] {
  const listeners = (broker.endpoints ?? []).flatMap(endpoint => {
    const [, name = "", address = ""] = /^(\w+):\/\/(.+)$/.exec(endpoint) ?? [];
    return (broker.listener_security_protocol_map?.[name] ?? name) === protocol ? [address] : [];
  });
  if (listeners.length > 0 || protocol !== "PLAINTEXT" || !broker.host || (broker.port ?? -1) < 0) return listeners;
  return [`${broker.host}:${broker.port}`];
}

function failed(path: string, cause: unknown): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_KAFKA",
    `ZooKeeper could not be asked for ${path}: ${String(cause)}. Does the address need a chroot (zk:2181/kafka)?`,
    { cause },
  );
}

function silent(address: string): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_KAFKA",
    `ZooKeeper at ${address} does not answer. Check the address; for brokers from Kafka 4.0 on give their own (broker:9092).`,
  );
}
