/** The function objects of stage programs: one each, however many stages of however many batches run it. */
import { classDefinitions } from "../../closure/classes.ts";
import type { Program } from "../stages/programs.ts";
import type { Broadcasts, SparkBroadcast } from "./broadcasts.ts";
import { type Command, packCommand, writeCommand } from "./command.ts";
import type { JavaObject } from "./gateway/parts.ts";
import type { SparkJvm } from "./spark-jvm.ts";

/** What is the same for all commands of an application. */
export type Surroundings = Pick<Command, "mainScript" | "argv" | "settings">;

interface Made {
  /** What else than the program it depends on. */
  readonly with: string;
  readonly function: Promise<JavaObject>;
}

export class Commands {
  readonly #jvm: SparkJvm;
  readonly #broadcasts: Broadcasts;
  readonly #surroundings: Surroundings;
  readonly #made = new Map<number, Made>();
  #lastId = 0;

  constructor(jvm: SparkJvm, broadcasts: Broadcasts, surroundings: Surroundings) {
    this.#jvm = jvm;
    this.#broadcasts = broadcasts;
    this.#surroundings = surroundings;
  }

  /** @throws DSTREAMS_ILLEGAL_STATE when a broadcast it uses has been destroyed */
  async functionOf(program: Program): Promise<JavaObject> {
    const handles = program.functions.flatMap(each => each.handles);
    const ids = new Set(handles.filter(({ kind }) => kind === "broadcast").map(({ id }) => id));
    const broadcasts = await Promise.all([...ids].map(id => this.#broadcasts.use(id)));
    // Classes are met one after the other; whoever comes after the last may need it for its records.
    const classes = classDefinitions(0);
    const needs = JSON.stringify([classes.length, broadcasts.map(({ id }) => id)]);
    const { programId } = program.flat;
    const known = this.#made.get(programId);
    if (known?.with === needs) return known.function;
    const command: Command = {
      program: program.flat,
      functions: program.functions.map(({ id, bytes }) => ({ id, bytes })),
      classes,
      broadcasts: broadcasts.map(each => [each.ours, each.id]),
      ...this.#surroundings,
    };
    const counts = handles.some(({ kind }) => kind !== "broadcast");
    const made: Made = { with: needs, function: this.#make(command, broadcasts, counts) };
    this.#made.set(programId, made);
    made.function.catch(() => {
      if (this.#made.get(programId) === made) this.#made.delete(programId);
    });
    return made.function;
  }

  /**
   * They are not asked for any more. RDDs that were made with their functions may still be, in part, computed again: so a command that is
   * a broadcast is left to Spark, which frees it when it has no such RDD any more.
   */
  forget(programIds: readonly number[]): void {
    for (const id of programIds) this.#made.delete(id);
  }

  async #make(command: Command, broadcasts: readonly SparkBroadcast[], counts: boolean): Promise<JavaObject> {
    const id = ++this.#lastId;
    const body = writeCommand(command);
    if (body.length <= this.#jvm.longCommand) {
      return this.#jvm.function(
        packCommand(id, body),
        broadcasts.map(each => each.object),
        counts,
      );
    }
    const long = await this.#broadcasts.make(body);
    const all = [...broadcasts, long].map(each => each.object);
    return this.#jvm.function(packCommand(id, { broadcast: long.id }), all, counts);
  }
}
