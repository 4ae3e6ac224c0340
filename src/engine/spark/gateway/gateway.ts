/**
 * Spark's driver JVM, and our connections to it.
 *
 *     Gateway.start ── findSpark ── launch ──▶ JVM
 *       control        one connection for quick calls: status, cancelling, release
 *       exclusively    lends one to a job: what Spark keeps per thread, and the time a call takes, are the job's own
 *
 * Nothing here keeps the process alive but calls that wait for their reply. When the process ends, however it does, so does the JVM.
 * A connection that breaks by itself is a gateway that is lost: nobody can know what became of its call.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { DStreamsError } from "../../../base/errors.ts";
import { logger } from "../../../base/log.ts";
import { Connection, type GatewayAddress } from "./connection.ts";
import { findSpark } from "./find-spark.ts";
import { type DriverJvm, launch, quote } from "./launch.ts";
import { loopback } from "./loopback.ts";
import type { JavaObject } from "./parts.ts";

export interface GatewayOptions {
  /** Spark's home folder; `findSpark` looks for one when it is left out. */
  readonly home?: string | undefined;
  /** Options for spark-submit: `["--master", "local[2]"]`. */
  readonly args?: readonly string[];
  /** Keys of Spark's configuration. */
  readonly settings?: readonly (readonly [key: string, value: string])[];
  /** Put over our own environment for the JVM. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Connections kept for the next job. */
const idleKept = 8;

/** How long the JVM may take to end after a connection broke, until the loss is told without it, ms. */
const lossPatience = 2000;

/** How long the JVM may take to end by itself, ms: shutdown hooks remove its files. */
const stopPatience = 10_000;

const log = logger("Gateway");

export class Gateway {
  readonly #address: GatewayAddress;
  readonly #jvm: DriverJvm | undefined;
  /** There from the end of `start` on. */
  #control: Connection | undefined;
  readonly #idle: Connection[] = [];
  readonly #lent = new Set<Connection>();
  #loss: Promise<DStreamsError> | undefined;
  #stopping: Promise<void> | undefined;
  /** Objects that nobody refers to any more. */
  readonly #forgotten = new FinalizationRegistry<string>(id => void this.control.release(id).catch(() => undefined));

  /**
   * Starts a JVM and connects to it; or connects to the one that has started this process, as in Spark's cluster deploy mode.
   *
   * @throws DSTREAMS_SPARK_NOT_FOUND, DSTREAMS_SPARK_START
   */
  static async start(options: GatewayOptions = {}): Promise<Gateway> {
    const given = givenAddress(process.env);
    const jvm = given === undefined ? await launchJvm(options) : undefined;
    const gateway = new Gateway((given ?? jvm?.address) as GatewayAddress, jvm);
    try {
      gateway.#control = await gateway.#connect();
      return gateway;
    } catch (error) {
      await gateway.stop(0);
      throw error;
    }
  }

  private constructor(address: GatewayAddress, jvm: DriverJvm | undefined) {
    this.#address = address;
    this.#jvm = jvm;
    void jvm?.ended.then(() => this.#explain());
  }

  /** True when the JVM is gone, or nobody knows what became of it. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** For quick calls, of anybody. */
  get control(): Connection {
    return this.#control as Connection;
  }

  /** The process id of the JVM; undefined when it was there before us. */
  get pid(): number | undefined {
    return this.#jvm?.pid;
  }

  /** The first lines that the JVM printed, and the last; undefined when it was there before us. */
  said(): string | undefined {
    return this.#jvm?.said();
  }

  /**
   * Lends a connection to `body`, for nobody else to use until it has ended. What it sets per thread stays on the connection, so it
   * takes that back, too.
   */
  async exclusively<T>(body: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#connect());
    this.#lent.add(connection);
    try {
      return await body(connection);
    } finally {
      this.#lent.delete(connection);
      // One that still waits for something would hold up the next job.
      if (connection.isIdle && this.#idle.length < idleKept) this.#idle.push(connection);
      else connection.close();
    }
  }

  /** The JVM no longer holds these objects for us. Resolves when that is so, or the JVM is gone. */
  async release(objects: Iterable<JavaObject>): Promise<void> {
    await Promise.allSettled([...objects].map(object => this.control.release(object)));
  }

  /**
   * Closes all connections and ends the JVM. Resolves when it has ended; it is killed, with what it has started, when that takes
   * longer than `patience`, ms. Spark's context should be stopped before.
   */
  stop(patience: number = stopPatience): Promise<void> {
    this.#stopping ??= this.#stop(patience);
    return this.#stopping;
  }

  async #stop(patience: number): Promise<void> {
    for (const connection of [this.#control, ...this.#idle.splice(0), ...this.#lent]) connection?.close();
    await this.#jvm?.stop(patience);
  }

  #connect(): Promise<Connection> {
    return Connection.open(this.#address, {
      explain: () => this.#explain(),
      track: object => this.#forgotten.register(object, object.id, object),
      untrack: object => void this.#forgotten.unregister(object),
    });
  }

  #explain(): Promise<DStreamsError> {
    if (this.#stopping !== undefined) {
      return Promise.resolve(new DStreamsError("DSTREAMS_SPARK_LOST", "Spark's driver JVM has been stopped."));
    }
    this.#loss ??= lossOf(this.#jvm);
    return this.#loss;
  }
}

function launchJvm({ home, args = [], settings, env = {} }: GatewayOptions): Promise<DriverJvm> {
  const spark = findSpark(home);
  log.debug(
    () => `starting Spark${spark.version === undefined ? "" : ` ${spark.version}`} of ${spark.home} (${spark.how})`,
  );
  return launch({ home: spark.home, args, settings, env, onLine: line => log.debug(line) });
}

/** The gateway that a JVM which has started us tells in the environment; undefined when none has. */
export function givenAddress(env: NodeJS.ProcessEnv): GatewayAddress | undefined {
  const { PYSPARK_GATEWAY_PORT: port, PYSPARK_GATEWAY_SECRET: secret } = env;
  return port && secret ? { host: loopback(), port: Number(port), secret } : undefined;
}

async function lossOf(jvm: DriverJvm | undefined): Promise<DStreamsError> {
  // The timer keeps the process alive, which nothing else may do now: whoever waits for a reply has to hear of the loss.
  const timer = new AbortController();
  const how = await Promise.race([jvm?.ended, sleep(lossPatience, undefined, { signal: timer.signal })]);
  timer.abort();
  const what =
    how === undefined
      ? "The connection to Spark's driver JVM broke"
      : `Spark's driver JVM has ended by itself (${how})`;
  return new DStreamsError("DSTREAMS_SPARK_LOST", `${what}. What ran there is lost.${quote(jvm?.said())}`);
}
