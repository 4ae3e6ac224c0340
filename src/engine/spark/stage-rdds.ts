/**
 * Stages as Spark's RDDs.
 *
 *     a stage of the plan                       what Spark computes it from
 *
 *     program, one partition after the other    PythonRDD ── function object: the program
 *       ├─ sources                                │
 *       ├─ shuffles ─────────┐                  union, partition by partition, of
 *       └─ persisted nodes ──┤                    ├─ orders     one frame a task: which partition, which splits, from what
 *                            └───────────────     └─ one RDD for each shuffle or node that is read, its partitions put into place
 *
 *     map side of a shuffle   PythonRDD ─▶ PairwiseRDD ─▶ partitionBy ─▶ values        Spark moves the bytes
 *     persisted node          PythonRDD.persist(level)                                 Spark keeps the bytes
 *
 * Whatever lies between shuffles and persisted nodes (steps, unions, zips) is inside the program, as on worker threads, so a task is one
 * visit to one Node process. Spark can put partitions of several RDDs into one task only if the RDDs have an equal partitioner
 * (`PartitionerAwareUnionRDD`): so all RDDs of n partitions here say that they have the same, see `SparkJvm.setAlignment`. Where a task
 * needs other partitions than the one of its own number, an RDD with the wanted ones in the wanted places is made of the old one's
 * (`PartitionPruningRDD`, `UnionRDD`), which moves nothing.
 *
 * Frames say what they belong to, so their order does not matter.
 *
 * What is only a step on the way to an RDD is released at once: the JVM keeps all that it has answered until it is told, and this process
 * is in no hurry to find out that nobody refers to something any more.
 */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PlanNode, Spec } from "../../plan/plan.ts";
import type { Purpose } from "../stages/flatten.ts";
import type { Layout } from "../stages/layout.ts";
import { PersistPart, TaskNeeds } from "../stages/parts.ts";
import type { Programs } from "../stages/programs.ts";
import type { TaskInput } from "../stages/protocol.ts";
import type { Commands } from "./commands.ts";
import { type TaskOrder, writeOrder } from "./frames.ts";
import { type JavaObject, asObject, int } from "./gateway/parts.ts";
import type { HeldNodes, HeldStage } from "./held-nodes.ts";
import { type Leaf, Placing } from "./placing.ts";
import { type SparkJvm, python } from "./spark-jvm.ts";

interface Built {
  /** What it was built from: once a node is written over (a checkpoint), its RDD is too, since it holds the whole lineage. */
  readonly spec: WeakRef<Spec>;
  readonly leaf: Promise<Leaf>;
}

export class StageRdds {
  readonly #jvm: SparkJvm;
  readonly #held: HeldNodes;
  readonly #programs: Programs;
  readonly #commands: Commands;
  readonly #placing: Placing;
  readonly #shuffles = new Map<number, Built>();
  readonly #kept = new Map<number, Built>();
  readonly #unreachable = new FinalizationRegistry<number>(id => this.drop(id));
  #files = 0;

  constructor(jvm: SparkJvm, held: HeldNodes, programs: Programs, commands: Commands) {
    this.#jvm = jvm;
    this.#held = held;
    this.#programs = programs;
    this.#commands = commands;
    this.#placing = new Placing(jvm);
  }

  /** An RDD of these partitions, of a frame each: the values of an action. */
  result(layout: Layout, purpose: Purpose, partitions: readonly number[]): Promise<JavaObject> {
    return this.#stage(layout, purpose, partitions, undefined);
  }

  /** Forgets the RDD of a shuffle, and with it what the executors keep for it. */
  drop(shuffleId: number): void {
    this.#shuffles.delete(shuffleId);
  }

  /** Forgets the partitions of a persisted node. */
  async unpersist(nodeId: number): Promise<void> {
    const built = this.#kept.get(nodeId);
    this.#kept.delete(nodeId);
    if (built === undefined) return;
    const { rdd } = await built.leaf;
    await this.#jvm.gateway.control.call(rdd, "unpersist", false);
  }

  async #stage(
    layout: Layout,
    purpose: Purpose,
    partitions: readonly number[],
    keptAs: TaskOrder["keptAs"],
  ): Promise<JavaObject> {
    const program = this.#programs.pin(layout, purpose);
    try {
      const needs = new TaskNeeds();
      const orders = partitions.map(
        (partition): TaskOrder => ({
          partition,
          input: layout.root.input(partition, needs),
          ...(keptAs && { keptAs }),
        }),
      );
      const [fn, input] = await Promise.all([this.#commands.functionOf(program), this.#input(layout, orders)]);
      const keepsPlaces = keptAs?.kind !== "shuffle";
      const { gateway } = this.#jvm;
      const rdd = await gateway.control.construct(`${python}.PythonRDD`, input, fn, keepsPlaces, false);
      void gateway.release([input]);
      return rdd;
    } finally {
      this.#programs.unpin(program);
    }
  }

  /** What the tasks are sent. */
  async #input(layout: Layout, orders: readonly TaskOrder[]): Promise<JavaObject> {
    const demands = demandsOf(layout, orders);
    const placed = demands.map(async ({ node, kind, partitions }) => {
      const leaf = await (kind === "shuffle" ? this.#shuffle(node) : this.#keptNode(node));
      return this.#placing.place(leaf, partitions);
    });
    const [written, ...rdds] = await Promise.all([this.#orders(orders), ...placed]);
    const all = rdds.flat();
    if (all.length === 0) return written;
    const joined = await this.#placing.join([written, ...all]);
    void this.#jvm.gateway.release([written]);
    return joined;
  }

  /** An RDD with a partition for every order. */
  async #orders(orders: readonly TaskOrder[]): Promise<JavaObject> {
    const { gateway, javaContext, directory } = this.#jvm;
    const file = join(directory.make(), `orders-${++this.#files}`);
    await writeFile(
      file,
      orders.flatMap(order => framed(writeOrder(order))),
      { mode: 0o600 },
    );
    try {
      const count = int(orders.length);
      const read = asObject(
        await gateway.control.callStatic(`${python}.PythonRDD`, "readRDDFromFile", javaContext, file, count),
      );
      const rdd = asObject(await gateway.control.call(read, "rdd"));
      void gateway.release([read]);
      await this.#jvm.setAlignment(rdd, orders.length);
      return rdd;
    } finally {
      await rm(file, { force: true });
    }
  }

  #shuffle(node: PlanNode): Promise<Leaf> {
    return this.#once(this.#shuffles, node, async () => {
      const stage = this.#held.shuffle(node);
      if (node.spec.kind !== "shuffle") throw new RangeError(`node ${node.id} is no shuffle`);
      const { partitioner } = node.spec;
      const purpose: Purpose = { kind: "shuffle", spec: node.spec, site: node.site };
      const written = await this.#heldStage(stage, purpose, { node: node.id, kind: "shuffle" });
      const { control } = this.#jvm.gateway;
      const pairs = await control.construct(`${python}.PairwiseRDD`, written);
      const byPartition = asObject(await control.call(pairs, "asJavaPairRDD"));
      const { partitioner: to } = await this.#jvm.alignment(partitioner.n);
      const shuffled = asObject(await control.call(byPartition, "partitionBy", to));
      const values = asObject(await control.callStatic(`${python}.PythonRDD`, "valueOfPair", shuffled));
      const rdd = asObject(await control.call(values, "rdd"));
      void this.#jvm.gateway.release([written, pairs, byPartition, shuffled, values]);
      return { rdd, size: partitioner.n };
    });
  }

  #keptNode(node: PlanNode): Promise<Leaf> {
    return this.#once(this.#kept, node, async () => {
      const stage = this.#held.kept(node);
      const level = this.#held.levelOf(node.id);
      const rdd = await this.#heldStage(stage, { kind: "keep", site: node.site }, { node: node.id, kind: "partition" });
      if (level?.isKept === true) {
        const { control } = this.#jvm.gateway;
        const { useDisk, useMemory, useOffHeap, replication } = level;
        // Bytes are bytes: Spark has nothing to gain from keeping them as objects.
        const form = [useDisk, useMemory, useOffHeap, false, int(replication)] as const;
        const storage = await control.callStatic("org.apache.spark.api.java.StorageLevels", "create", ...form);
        await control.call(rdd, "persist", asObject(storage));
      }
      return { rdd, size: stage.places.size, places: stage.places };
    });
  }

  #heldStage({ layout, places }: HeldStage, purpose: Purpose, keptAs: TaskOrder["keptAs"]): Promise<JavaObject> {
    return this.#stage(layout, purpose, [...places.keys()], keptAs);
  }

  #once(all: Map<number, Built>, node: PlanNode, build: () => Promise<Leaf>): Promise<Leaf> {
    const known = all.get(node.id);
    if (known?.spec.deref() === node.spec) return known.leaf;
    if (known !== undefined && all === this.#kept) void this.unpersist(node.id).catch(() => undefined);
    if (known === undefined) this.#unreachable.register(node, node.id);
    const built: Built = { spec: new WeakRef(node.spec), leaf: Promise.resolve().then(build) };
    all.set(node.id, built);
    built.leaf.catch(() => {
      if (all.get(node.id) === built) all.delete(node.id);
    });
    return built.leaf;
  }
}

/** The partitions of a shuffle or a persisted node that tasks read: for every task, in the order of the orders. */
interface Demand {
  readonly node: PlanNode;
  readonly kind: "shuffle" | "partition";
  readonly partitions: readonly Set<number>[];
}

function demandsOf(layout: Layout, orders: readonly TaskOrder[]): Demand[] {
  const persisted = layout.parts.flatMap(part => (part instanceof PersistPart ? [part.node] : []));
  const byName = new Map<string, Demand>();
  const know = (node: PlanNode, kind: Demand["kind"]): void => {
    byName.set(`${kind} ${node.id}`, { node, kind, partitions: orders.map(() => new Set()) });
  };
  for (const node of layout.shuffles) know(node, "shuffle");
  for (const node of persisted) know(node, "partition");
  for (const [i, { input }] of orders.entries()) {
    visit(input, (kind, node, partition) => byName.get(`${kind} ${node}`)?.partitions[i]?.add(partition));
  }
  return [...byName.values()].filter(({ partitions }) => partitions.some(each => each.size > 0));
}

function visit(input: TaskInput, found: (kind: Demand["kind"], node: number, partition: number) => void): void {
  switch (input.kind) {
    case "blocks":
      for (const { leaf } of input.blocks) if (leaf) found("shuffle", leaf.node, leaf.partition);
      break;
    case "persisted":
      if (input.block?.leaf) found("partition", input.block.leaf.node, input.block.leaf.partition);
      break;
    case "concat":
      for (const [, inner] of input.inputs) visit(inner, found);
      break;
    case "zip":
      for (const inner of input.inputs) visit(inner, found);
      break;
    case "empty":
    case "split":
      break;
  }
}

function framed(frame: Buffer): [Buffer, Buffer] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length, 0);
  return [length, frame];
}
