/**
 * What every RDD is beneath its operations: an id, a place in the user's program, and a recipe for its plan node.
 *
 *     rdd.map(f)      ──▶ a new RDD: parents, and how to make its node of theirs         (synchronous, no I/O)
 *     rdd.plan()      ──▶ resolves parents first, then itself; at most once               (may list files, sample, count)
 *     PlanNode        ──▶ what the engines know; the lineage lives on in the nodes
 *
 * Once its node is known an RDD forgets its parents: the node has theirs. Resolution walks with a stack of its own, since
 * an iterative program may derive thousands of RDDs before the first action, and awaits only recipes that have to wait.
 */
import { inspect } from "node:util";
import { captureSite, describeSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { refusesTravel } from "../closure/travel.ts";
import { nextNodeId } from "../plan/plan.ts";
import type { PlanNode, Spec, Step } from "../plan/plan.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import { describe, illegal } from "./checks.ts";
import { typeName } from "./debug-string.ts";
import type { RDD } from "./rdd.ts";
import type { SparkContext } from "./spark-context.ts";

/** A plan node but for what every node has: its id and its site. */
export interface Shape {
  readonly numPartitions: number;
  readonly partitioner?: Partitioner | undefined;
  readonly spec: Spec;
}

/** Makes an RDD's node from its parents' nodes. Asynchronous only where something must be found out first. */
export type Recipe = (parents: readonly PlanNode[]) => Shape | Promise<Shape>;

export class Lineage {
  /** The SparkContext that this RDD was created on. */
  readonly context: SparkContext;
  /** Where in the program it was made. @internal */
  readonly site: CallSite;
  readonly #id = nextNodeId();
  #parents: readonly Lineage[];
  #recipe: Recipe;
  #node: PlanNode | undefined;
  #making: Promise<PlanNode> | undefined;
  #planned: Promise<PlanNode> | undefined;
  #name: string | undefined;

  /** RDDs are made by a SparkContext or from other RDDs. @internal */
  constructor(context: SparkContext, site: CallSite, parents: readonly Lineage[], recipe: Recipe) {
    this.context = context;
    this.site = site;
    this.#parents = parents;
    this.#recipe = recipe;
  }

  /** @internal */
  get [refusesTravel](): string {
    return (
      "It appears that you are attempting to broadcast an RDD or reference an RDD from an action or transformation. " +
      "RDD transformations and actions can only be invoked by the driver, not inside of other transformations. " +
      "For more information, see SPARK-5063."
    );
  }

  /** A number that no other RDD of this process has. */
  id(): number {
    return this.#id;
  }

  /** The name given by `setName`, if any. */
  name(): string | undefined {
    return this.#name;
  }

  /** Names the RDD, for `toDebugString` and logs. */
  setName(name: string): this {
    this.#name = name;
    if (this.#node !== undefined) this.context.driver.names.set(this.#node, name);
    return this;
  }

  /** How many partitions it has. */
  async getNumPartitions(): Promise<number> {
    return (await this.plan()).numPartitions;
  }

  /** How its keys are placed, when that is known. Two RDDs placed alike are joined without a shuffle. @internal */
  async partitioner(): Promise<Partitioner | undefined> {
    return (await this.plan()).partitioner;
  }

  /** `wordcounts MapPartitionsRDD[3] at map at wordcount.ts:8`. */
  toString(): string {
    const type = this.#node === undefined ? "RDD" : typeName(this.#node);
    return `${this.#name === undefined ? "" : `${this.#name} `}${type}[${this.#id}] at ${describeSite(this.site)}`;
  }

  /** What console.log shows. */
  [inspect.custom](): string {
    return String(this);
  }

  /** The plan node, resolved once; a failure is not remembered, so that the next action tries again. @internal */
  plan(): Promise<PlanNode> {
    this.#planned ??= this.#resolve().catch((error: unknown) => {
      this.#planned = undefined;
      throw error;
    });
    return this.#planned;
  }

  /** The node, if it has been resolved. @internal */
  get node(): PlanNode | undefined {
    return this.#node;
  }

  /** An RDD computed from others. @internal */
  derive<U>(site: CallSite, parents: readonly Lineage[], recipe: Recipe): RDD<U> {
    for (const parent of parents) requireRDD(site.operator, parent);
    const Derived = this.constructor as new (...args: ConstructorParameters<typeof Lineage>) => unknown;
    return new Derived(this.context, site, parents, recipe) as RDD<U>;
  }

  /** An RDD computed by one fused operation, partition by partition. @internal */
  step<U>(operator: string, step: Step, keepsPartitioner = false): RDD<U> {
    return this.derive(captureSite(operator), [this], ([parent]) => ({
      numPartitions: parent.numPartitions,
      partitioner: keepsPartitioner ? parent.partitioner : undefined,
      spec: { kind: "step", parent, step },
    }));
  }

  async #resolve(): Promise<PlanNode> {
    const pending: Lineage[] = [this];
    for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
      if (top.#node === undefined) {
        const before = pending.length;
        for (const parent of top.#parents) if (parent.#node === undefined) pending.push(parent);
        if (pending.length > before) continue;
        const made = top.#make();
        if (made instanceof Promise) await made;
      }
      pending.pop();
    }
    return this.#node as PlanNode;
  }

  /** The node from the parents' nodes; several actions at once share one attempt. */
  #make(): PlanNode | Promise<PlanNode> {
    if (this.#making !== undefined) return this.#making;
    const shape = this.#recipe(this.#parents.map(parent => parent.#node as PlanNode));
    if (!(shape instanceof Promise)) return this.#accept(shape);
    this.#making = shape
      .then(found => this.#accept(found))
      .finally(() => {
        this.#making = undefined;
      });
    return this.#making;
  }

  #accept(shape: Shape): PlanNode {
    const { numPartitions, partitioner, spec } = shape;
    this.#node = { id: this.#id, site: this.site, numPartitions, partitioner, spec };
    if (this.#name !== undefined) this.context.driver.names.set(this.#node, this.#name);
    this.#parents = [];
    this.#recipe = forgotten;
    this.cleanUp();
    return this.#node;
  }

  /** What is kept of a persisted RDD goes when its node does, that is, with it and all that is derived from it. @internal */
  protected cleanUp(): void {
    const { driver } = this.context;
    const id = this.#id;
    if (this.#node === undefined || !driver.persisted.has(id)) return;
    driver.onceUnreachable(this.#node, () => driver.unpersist(id).catch(() => undefined));
  }
}

/** What is to be put together with an RDD must be one. */
export function requireRDD(operator: string, rdd: unknown): void {
  if (!(rdd instanceof Lineage)) throw illegal(`${operator} takes an RDD, but was given ${describe(rdd)}.`);
}

function forgotten(): never {
  throw new Error("An RDD is resolved once.");
}
