/** Who needs what: jobs their stages, stages other stages. Bookkeeping only; what it leads to is in dag-scheduler.ts. */
import type { PlanNode, ShuffleSpec } from "../../plan/plan.ts";
import type { Purpose } from "../stages/flatten.ts";
import type { RunningJob } from "./running-job.ts";
import { Stage, type StageKind } from "./stage.ts";
import type { Status } from "../stages/status.ts";

export class StageGraph {
  readonly #status: Status;
  readonly #maxFailures: number;
  /** The stages of shuffles that are being computed, by the shuffle's node: one, whoever needs it. */
  readonly #shuffles = new Map<number, Stage>();
  #lastStage = -1;

  /** @param maxFailures how often a task may fail */
  constructor(status: Status, maxFailures: number) {
    this.#status = status;
    this.#maxFailures = maxFailures;
  }

  /** @param target the node that wants `plan` computed: a shuffle, the node to be fetched, or the plan itself */
  create(kind: StageKind, plan: PlanNode, target: PlanNode, purpose: Purpose, partitions: Iterable<number>): Stage {
    const stage = new Stage(++this.#lastStage, kind, plan, target, purpose, partitions, this.#maxFailures);
    this.#status.addStage(stage.record);
    return stage;
  }

  /** The stage that computes the map side of a shuffle; a new one with these partitions unless it is running. */
  ofShuffle(shuffle: PlanNode, missing: Iterable<number>): Stage {
    let stage = this.#shuffles.get(shuffle.id);
    if (stage === undefined) {
      const spec = shuffle.spec as ShuffleSpec;
      stage = this.create("shuffle", spec.parent, shuffle, { kind: "shuffle", spec, site: shuffle.site }, missing);
      this.#shuffles.set(shuffle.id, stage);
    }
    return stage;
  }

  /** The job needs the stage, and so whatever that waits for. */
  join(stage: Stage, job: RunningJob): void {
    const stages = new Set([stage]);
    for (const each of stages) {
      if (each.jobs.has(job)) continue;
      each.jobs.add(job);
      job.stages.add(each);
      job.record.stageIds.push(each.id);
      for (const needed of each.waitingFor) stages.add(needed);
    }
  }

  /** The job is over. The stages that nobody needs any more. */
  leave(job: RunningJob): Stage[] {
    const stages = [...job.stages];
    job.stages.clear();
    for (const stage of stages) stage.jobs.delete(job);
    return stages.filter(stage => stage.jobs.size === 0);
  }

  /** `stage` reads what `needed` computes. */
  link(stage: Stage, needed: Stage): void {
    stage.waitingFor.add(needed);
    needed.dependents.add(stage);
    for (const job of stage.jobs) this.join(needed, job);
  }

  /** The stage is over. Those that waited for it. */
  remove(stage: Stage): Stage[] {
    if (stage.kind === "shuffle") this.#shuffles.delete(stage.target.id);
    for (const needed of stage.waitingFor) needed.dependents.delete(stage);
    for (const dependent of stage.dependents) dependent.waitingFor.delete(stage);
    return [...stage.dependents];
  }
}
