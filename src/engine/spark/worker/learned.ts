/**
 * What a worker has learned from the commands of its tasks. A stream may send new ones in every batch (functions that have captured this
 * batch's values, broadcasts of its own), and a worker lives for as long as there is something to do: so what has not come for long
 * is forgotten. Should it come again, its command says it all.
 */
import { enterWorker } from "../../../closure/main-script.ts";
import { setHadoopConf } from "../../../storage/hadoop-conf.ts";
import type { FnId } from "../../stages/protocol.ts";
import type { TaskRunner } from "../../tasks/task-runner.ts";
import { type Command, unpackCommand } from "../command.ts";
import type { IncomingTask } from "./task.ts";

/** Commands that are remembered. Fewer than the driver remembers: what they hold is held by each worker. */
export const rememberedCommands = 64;

interface Known {
  readonly programId: number;
  readonly functions: readonly FnId[];
  readonly broadcasts: Command["broadcasts"];
}

export class Learned {
  readonly #runner: Pick<TaskRunner, "learn">;
  /** In order of last use. */
  readonly #commands = new Map<number, Known>();
  readonly #functions = new Set<FnId>();
  readonly #classes = new Set<string>();
  /** Our ids, and Spark's: one that was unpersisted and is used again has another. */
  readonly #broadcasts = new Map<number, number>();

  constructor(runner: Pick<TaskRunner, "learn">) {
    this.#runner = runner;
  }

  /** Has the runner know what the task needs; the id of its program. */
  prepare(task: Pick<IncomingTask, "command" | "broadcasts">): number {
    const { id, read } = unpackCommand(task.command, sparks => task.broadcasts.get(sparks));
    const known = this.#commands.get(id) ?? this.#learn(read());
    this.#commands.delete(id);
    this.#commands.set(id, known);
    if (this.#commands.size > rememberedCommands) this.#forgetOldest();
    for (const [ours, sparks] of known.broadcasts) {
      if (this.#broadcasts.get(ours) === sparks) continue;
      this.#runner.learn({ type: "broadcast", id: ours, bytes: task.broadcasts.get(sparks) });
      this.#broadcasts.set(ours, sparks);
    }
    return known.programId;
  }

  #learn({ program, functions, classes, broadcasts, mainScript, argv, settings }: Command): Known {
    enterWorker(mainScript);
    process.argv.splice(2, Infinity, ...argv);
    setHadoopConf(settings);
    const news = functions.filter(each => !this.#functions.has(each.id));
    const newClasses = classes.filter(each => !this.#classes.has(each.id));
    for (const each of news) this.#functions.add(each.id);
    for (const each of newClasses) this.#classes.add(each.id);
    this.#runner.learn({ type: "define", functions: news, classes: newClasses });
    this.#runner.learn({ type: "program", program });
    return { programId: program.programId, functions: functions.map(each => each.id), broadcasts };
  }

  #forgetOldest(): void {
    const [oldest] = this.#commands as Iterable<[number, Known]>;
    if (oldest === undefined) return;
    const [id, { programId, functions, broadcasts }] = oldest;
    this.#commands.delete(id);
    const rest = [...this.#commands.values()];
    const named = new Set(rest.flatMap(each => each.functions));
    const used = new Set(rest.flatMap(each => each.broadcasts.map(([ours]) => ours)));
    const gone = functions.filter(each => !named.has(each));
    for (const each of gone) this.#functions.delete(each);
    const programs = rest.some(each => each.programId === programId) ? [] : [programId];
    this.#runner.learn({ type: "forget", functions: gone, programs });
    for (const [ours] of broadcasts) {
      if (used.has(ours) || !this.#broadcasts.delete(ours)) continue;
      this.#runner.learn({ type: "unbroadcast", id: ours });
    }
  }
}
