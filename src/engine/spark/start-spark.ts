/**
 * Starts Spark's driver.
 *
 *     startSpark ─▶ Gateway ─▶ SparkConf ─▶ JavaSparkContext ─▶ version ─▶ what functions need: environment, accumulator
 *              └──▶ the bundle for executors of other hosts, meanwhile
 */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { DStreamsError } from "../../base/errors.ts";
import { PrivateDirectory } from "../../base/private-directory.ts";
import { mainScript } from "../../closure/main-script.ts";
import { givenUp } from "./failures.ts";
import { AccumulatorServer } from "./gateway/accumulator-server.ts";
import { Gateway } from "./gateway/gateway.ts";
import { JavaError } from "./gateway/java-error.ts";
import { quote } from "./gateway/launch.ts";
import { type JavaObject, asObject, asString, int } from "./gateway/parts.ts";
import type { SparkEngineOptions } from "./options.ts";
import { type Bundle, makeBundle } from "./shipping/bundle.ts";
import { type FunctionParts, SparkJvm, python } from "./spark-jvm.ts";
import { versionVariable } from "./worker/header.ts";
import { writeWrapper } from "./worker/wrapper.ts";

/** What Spark would do without these, and should not. Whoever sets them otherwise has his way. */
const defaults: Readonly<Record<string, string>> = {
  "spark.serializer.objectStreamReset": "100",
  "spark.rdd.compress": "true",
  "spark.sql.artifact.isolation.enabled": "false",
  "spark.ui.showConsoleProgress": "false",
  // A worker's sockets are TCP's, and a driver that is busy with a user's code may take its time.
  "spark.python.unix.domain.socket.enabled": "false",
  "spark.python.authenticate.socketTimeout": "120s",
};

/** What Spark calls the programs that it starts with the worker command; a real Python would stumble over them. */
const modules: Readonly<Record<string, string>> = {
  "spark.python.daemon.module": "dstreams.daemon",
  "spark.python.worker.module": "dstreams.worker",
};

/**
 * @param accumulate is given what successful tasks have added, encoded
 * @param signal gives up, and ends the JVM: a master that does not answer is waited for for a minute
 * @throws DSTREAMS_SPARK_NOT_FOUND, DSTREAMS_SPARK_START
 */
export async function startSpark(
  options: SparkEngineOptions,
  accumulate: (update: Buffer) => void,
  signal: AbortSignal,
): Promise<SparkJvm> {
  const directory = new PrivateDirectory(tmpdir(), "spark");
  const { shipping } = options;
  // The program is packed while the JVM starts.
  const bundle = shipping && makeBundle(directory.make(), mainScript(), shipping);
  bundle?.catch(() => undefined);
  const leave = async (error: unknown): Promise<never> => {
    await Promise.allSettled([bundle]);
    await directory.remove();
    throw error;
  };
  // A project that cannot be sent is told of before Spark has started.
  await Promise.race([bundle, nextTurn()]).catch(leave);
  const gateway = await gatewayFor(options).catch(leave);
  const accumulators = await AccumulatorServer.listen(accumulate);
  const giveUp = (): void => void gateway.stop(0);
  signal.addEventListener("abort", giveUp);
  try {
    signal.throwIfAborted();
    return await new Starting(gateway, directory, accumulators, options, bundle).finish();
  } catch (error) {
    const said = gateway.said();
    await accumulators.close();
    await (signal.aborted ? gateway.stop(0) : letGo(gateway, options));
    return leave(error instanceof JavaError ? startFailure(options.master, error, said) : error);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

class Starting {
  readonly #gateway: Gateway;
  readonly #directory: PrivateDirectory;
  readonly #accumulators: AccumulatorServer;
  readonly #options: SparkEngineOptions;
  readonly #bundle: Promise<Bundle> | undefined;

  constructor(
    gateway: Gateway,
    directory: PrivateDirectory,
    accumulators: AccumulatorServer,
    options: SparkEngineOptions,
    bundle: Promise<Bundle> | undefined,
  ) {
    this.#gateway = gateway;
    this.#directory = directory;
    this.#accumulators = accumulators;
    this.#options = options;
    this.#bundle = bundle;
  }

  async finish(): Promise<SparkJvm> {
    const { control } = this.#gateway;
    // The JVM outlives this process by a moment when this process is killed.
    const folder = await control.construct("java.io.File", this.#directory.path);
    await control.callStatic("org.apache.spark.util.ShutdownHookManager", "registerShutdownDeleteDir", folder);
    const javaContext = await control.construct("org.apache.spark.api.java.JavaSparkContext", await this.#conf());
    try {
      return await this.#around(javaContext);
    } catch (error) {
      // The JVM may be there for another one.
      await control.call(javaContext, "stop").catch(() => undefined);
      throw error;
    }
  }

  async #around(javaContext: JavaObject): Promise<SparkJvm> {
    const { control } = this.#gateway;
    const context = asObject(await control.call(javaContext, "sc"));
    // Spark gives up by itself, and says so nowhere but in its log.
    if ((await control.call(context, "isStopped")) === true) throw givenUp(this.#gateway.said());
    const version = asString(await control.call(javaContext, "version"));
    await control.call(javaContext, "setLogLevel", "WARN");
    return new SparkJvm({
      gateway: this.#gateway,
      javaContext,
      context,
      applicationId: asString(await control.call(context, "applicationId")),
      longCommand: Number(await control.callStatic(`${python}.PythonUtils`, "getBroadcastThreshold", javaContext)),
      directory: this.#directory,
      function: await this.#functionParts(context, version),
      close: async () => {
        await letGo(this.#gateway, this.#options);
        await this.#accumulators.close();
        await this.#directory.remove();
      },
    });
  }

  async #conf(): Promise<JavaObject> {
    const { control } = this.#gateway;
    const conf = await control.construct("org.apache.spark.SparkConf", true);
    const set = Object.entries(defaults).map(([key, value]) => control.call(conf, "setIfMissing", key, value));
    const own = [...this.#options.settings, ...Object.entries(modules)];
    await Promise.all([...set, ...own.map(([key, value]) => control.call(conf, "set", key, value))]);
    return conf;
  }

  async #functionParts(context: JavaObject, version: string): Promise<FunctionParts> {
    const { control } = this.#gateway;
    const env = await control.construct("java.util.HashMap");
    const entries = this.#options.settings.flatMap(([key, value]) => {
      const name = /^spark\.executorEnv\.(.+)$/.exec(key)?.[1];
      return name === undefined ? [] : [[name, value] as const];
    });
    // An executor keeps one daemon for each environment: those of two applications are never mixed up.
    const own = [[versionVariable, version] as const, ["DSTREAMS_APPLICATION", randomUUID()] as const];
    await Promise.all([...entries, ...own].map(([name, value]) => control.call(env, "put", name, value)));
    const { host, port, secret } = this.#accumulators;
    const accumulator = await control.construct(`${python}.PythonAccumulatorV2`, host, int(port), secret);
    await control.call(context, "register", accumulator);
    return {
      env,
      includes: await control.construct("java.util.ArrayList"),
      exec: await this.#workerCommand(context),
      accumulator,
    };
  }

  /** What executors start, and, if it is not there yet, how it gets there. */
  async #workerCommand(context: JavaObject): Promise<string> {
    const { workerCommand, isFar } = this.#options;
    const { control } = this.#gateway;
    const bundle = await this.#bundle;
    if (bundle !== undefined) await control.call(context, "addArchive", bundle.archive);
    const command = workerCommand ?? bundle?.command;
    if (command !== undefined) return command;
    const wrapper = writeWrapper(this.#directory.make());
    if (!isFar) return wrapper;
    // Where paths are shared, those of temporary files are not.
    await control.call(context, "addFile", wrapper);
    return `./${basename(wrapper)}`;
  }
}

function startFailure(master: string, error: JavaError, said: string | undefined): DStreamsError {
  if (/masters are unresponsive/.test(said ?? "")) return givenUp(said, error);
  const [first = ""] = error.message.split("\n");
  const message = `Spark's context cannot start on ${master}: ${first}${quote(said)}`;
  return new DStreamsError("DSTREAMS_SPARK_START", message, { cause: error });
}

/**
 * The JVM that the last context of this process has left behind, where it was told to (`spark.dstreams.keepJvm`): the next one that
 * wants the same need not wait seconds for a new one. It ends with this process, as it always does.
 */
let kept: { readonly gateway: Gateway; readonly as: string } | undefined;

async function gatewayFor(options: SparkEngineOptions): Promise<Gateway> {
  const { home, master } = options;
  // The JVM's own memory and class path are among them, so they are there from the start.
  const settings = options.settings.filter(([key]) => key !== "spark.master");
  const found = kept;
  kept = undefined;
  if (found?.as === nameOf(options)) return found.gateway;
  await found?.gateway.stop();
  return Gateway.start({ ...(home !== undefined && { home }), args: ["--master", master], settings });
}

async function letGo(gateway: Gateway, options: SparkEngineOptions): Promise<void> {
  if (!options.keepJvm || kept !== undefined || gateway.isLost) return gateway.stop();
  kept = { gateway, as: nameOf(options) };
}

function nameOf({ home, master, settings }: SparkEngineOptions): string {
  return JSON.stringify([home, master, settings]);
}
