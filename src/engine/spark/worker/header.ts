/**
 * What the executor says before a task's input, in the form of each Spark version:
 *
 *     Spark        before all          context                         confs   around it
 *     3.5, 4.0     partition, version  binary; barrier's port always   no      nothing
 *     4.1          "                   binary; port of barriers only   no      nothing
 *     4.2          "                   JSON                            yes     nothing
 *     4.3 …        "                   JSON                            yes     one message: a mark and its length
 *
 * then for all of them: files, broadcasts, kind of function, (confs), command. That cannot be told apart by its bytes, so the
 * driver puts Spark's version into the environment of the worker.
 */
import { TaskFailed } from "./task.ts";
import { EndOfWire, WireReader } from "./wire.ts";

/** The variable of the environment that has Spark's version, `4.3.0`. The driver puts it into the function's environment. */
export const versionVariable = "DSTREAMS_SPARK_VERSION";

/** The head of a task. */
export interface TaskHeader {
  /** Of the RDD whose function this is. */
  readonly partition: number;
  /** What the driver gave as `pythonVer`; Spark does not look at it. */
  readonly driverVersion: string;
  readonly context: TaskContext;
  readonly filesDirectory: string;
  readonly broadcasts: BroadcastChanges;
  readonly command: Buffer;
}

/** What Spark's own TaskContext has, as far as it is of use here. */
export interface TaskContext {
  readonly stageId: number;
  /** In the stage. */
  readonly partitionId: number;
  readonly attemptNumber: number;
  readonly taskAttemptId: number;
  readonly localProperties: Readonly<Record<string, string>>;
}

/** What is new since the last task of this connection. */
export interface BroadcastChanges {
  readonly removed: readonly number[];
  readonly added: readonly { readonly id: number; readonly path: string }[];
}

/** Reads a task's head. Throws `EndOfWire` where the connection ends before it is whole, `TaskFailed` at what it cannot read. */
export type ReadHeader = (reader: WireReader) => Promise<TaskHeader>;

/** How a version writes the parts that versions differ in. */
interface Form {
  readonly context: (reader: WireReader) => Promise<TaskContext>;
  readonly hasConfs: boolean;
}

/**
 * The reader for a version of Spark, with whatever a vendor put behind the number (`3.5.1-amzn-0`). Versions that are newer than
 * all we know are read like the newest we know. Throws for older ones than 3.5.
 */
export function headerReader(sparkVersion: string | undefined): ReadHeader {
  const match = /^(\d+)\.(\d+)/.exec(sparkVersion ?? "");
  if (match === null)
    throw new Error(`${versionVariable} must be the version of Spark, and is ${sparkVersion ?? "not set"}.`);
  const version = Number(match[1]) * 1000 + Number(match[2]);
  if (version < 3005) throw new Error(`Spark ${sparkVersion} is too old: dstreams needs Spark 3.5 or newer.`);
  if (version <= 4000) return unframed({ context: binary(true), hasConfs: false });
  if (version === 4001) return unframed({ context: binary(false), hasConfs: false });
  if (version === 4002) return unframed(newest);
  return framed;
}

/**
 * How many numbers the times of a task are that this version of Spark reads (`TIMING_DATA`); undefined for a version that we do not know,
 * since a number too many or too few would be taken for something else.
 */
export function timesOf(sparkVersion: string | undefined): number | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(sparkVersion ?? "") ?? [];
  const version = Number(major) * 1000 + Number(minor);
  if (!(version >= 3005 && version <= 4003)) return undefined;
  return version < 4002 ? 5 : 6;
}

const newest: Form = { context: json, hasConfs: true };

function unframed(form: Form): ReadHeader {
  return async reader => {
    const partition = await reader.i32();
    if (partition < 0) throw wrongVersion();
    return fields(reader, partition, form);
  };
}

async function framed(reader: WireReader): Promise<TaskHeader> {
  const mark = await reader.i32();
  if (mark >= 0) throw wrongVersion();
  const message = WireReader.of(await reader.bytes());
  try {
    return await fields(message, await message.i32(), newest);
  } catch (error) {
    if (error instanceof EndOfWire)
      throw new TaskFailed("The task's first message is shorter than its own fields say.");
    throw error;
  }
}

function wrongVersion(): TaskFailed {
  const version = process.env[versionVariable];
  return new TaskFailed(`The task does not begin as those of Spark ${version} do: is ${versionVariable} right?`);
}

async function fields(reader: WireReader, partition: number, form: Form): Promise<TaskHeader> {
  const driverVersion = await reader.utf();
  const context = await form.context(reader);
  const filesDirectory = await reader.utf();
  await many(reader, () => reader.utf()); // names of Python files
  const broadcasts = await broadcastChanges(reader);
  const kind = await reader.i32();
  if (kind !== 0) throw new TaskFailed(`A function of kind ${kind}: this worker runs those of RDDs only.`);
  if (form.hasConfs) {
    await table(reader);
    await table(reader);
  }
  return { partition, driverVersion, context, filesDirectory, broadcasts, command: await reader.bytes() };
}

/** The context up to 4.1. Until 4.0 the port and the secret of barriers are there even when there is no barrier. */
function binary(alwaysHasPort: boolean): Form["context"] {
  return async reader => {
    if ((await reader.bool()) || alwaysHasPort) {
      await reader.i32(); // the barrier's port, or a mark that a path follows
      await reader.utf(); // its secret, or the path
    }
    const stageId = await reader.i32();
    const partitionId = await reader.i32();
    const attemptNumber = await reader.i32();
    const taskAttemptId = await reader.i64();
    await reader.i32(); // CPUs
    await many(reader, async () => {
      await reader.utf(); // a resource's key
      await reader.utf(); // its name
      await many(reader, () => reader.utf()); // its addresses
    });
    return { stageId, partitionId, attemptNumber, taskAttemptId, localProperties: await table(reader) };
  };
}

async function json(reader: WireReader): Promise<TaskContext> {
  const { stageId, partitionId, attemptNumber, taskAttemptId, localProperties } = JSON.parse(
    await reader.utf(),
  ) as TaskContext;
  return { stageId, partitionId, attemptNumber, taskAttemptId, localProperties };
}

async function broadcastChanges(reader: WireReader): Promise<BroadcastChanges> {
  if (await reader.bool()) {
    throw new TaskFailed("Broadcast variables cannot be read with spark.io.encryption.enabled=true: switch it off.");
  }
  const removed: number[] = [];
  const added: { id: number; path: string }[] = [];
  await many(reader, async () => {
    const id = await reader.i64();
    if (id < 0) removed.push(-id - 1);
    else added.push({ id, path: await reader.utf() });
  });
  return { removed, added };
}

async function table(reader: WireReader): Promise<Record<string, string>> {
  const entries = await many(reader, async () => [await reader.utf(), await reader.utf()] as const);
  return Object.fromEntries(entries);
}

async function many<T>(reader: WireReader, one: () => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let left = await reader.i32(); left > 0; left--) found.push(await one());
  return found;
}
