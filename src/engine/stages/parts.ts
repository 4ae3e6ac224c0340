/**
 * A stage's share of a plan: the nodes from its root down to sources, shuffles and kept partitions, each as a *part* that
 * knows, for every partition, what a task must be sent (its input), and whether it is known to be empty.
 *
 *     map ─ StepPart ────────────┐ steps hand their parent's input through,
 *     filter ─ StepPart ─────────┤ however many there are
 *     union ─ ConcatPart ────────┘
 *       ├─ PersistPart           kept: a place; else: the input below it
 *       │    └─ ShufflePart      blocks of map outputs            (the stage ends here)
 *       └─ SourcePart            a split
 *
 * Inputs are made when the task is, that is when all shuffles below have been computed. Chains of steps and unions of
 * unions are walked in loops, not by recursion, since programs make them thousands deep.
 */
import type { ConcatSpec, PlanNode, ShuffleSpec, SourceSpec, StepSpec, ZipSpec } from "../../plan/plan.ts";
import type { StorageLevel } from "../storage-level.ts";
import type { Kept, Outputs } from "./holdings.ts";
import type { TaskInput } from "./protocol.ts";

/** What is found out about a task while its input is made. */
export class TaskNeeds {
  /** Partitions that are in a worker's heap. `strict`: no lineage is sent with them. */
  readonly held: { nodeId: number; partition: number; worker: number; strict: boolean }[] = [];
  /** True when the task will leave partitions in its worker's heap. */
  keeps = false;
}

export abstract class Part {
  readonly node: PlanNode;
  /** Position in the stage's program; set when that is made (flatten.ts). */
  position = -1;

  constructor(node: PlanNode) {
    this.node = node;
  }

  /** True when a function here or below is told the number of its partition, which so must not be mistaken. */
  readonly usesNumber: boolean = false;

  /** True when the partition is known to hold no records. */
  abstract isEmpty(partition: number): boolean;
  /** What a task is sent for the partition, unless that is known to be empty. */
  protected abstract makeInput(partition: number, needs: TaskNeeds): TaskInput;

  input(partition: number, needs: TaskNeeds): TaskInput {
    return this.isEmpty(partition) ? { kind: "empty" } : this.makeInput(partition, needs);
  }
}

export class SourcePart extends Part {
  readonly spec: SourceSpec;

  constructor(node: PlanNode, spec: SourceSpec) {
    super(node);
    this.spec = spec;
  }

  isEmpty(): boolean {
    return false;
  }

  protected makeInput(partition: number): TaskInput {
    return { kind: "split", split: this.spec.splits[partition] };
  }
}

export class StepPart extends Part {
  readonly spec: StepSpec;
  readonly parent: Part;
  override readonly usesNumber: boolean;
  /** The first part below that is not a step. */
  readonly #base: Part;
  /** False when a function in between wants to be called for empty partitions too. */
  readonly #keepsEmpty: boolean;

  constructor(node: PlanNode, spec: StepSpec, parent: Part) {
    super(node);
    this.spec = spec;
    this.parent = parent;
    const { step } = spec;
    this.usesNumber = step.op === "partitions" || parent.usesNumber;
    const keepsEmpty = step.op !== "partitions" || step.emptyOnEmpty === true;
    this.#base = parent instanceof StepPart ? parent.#base : parent;
    this.#keepsEmpty = keepsEmpty && (parent instanceof StepPart ? parent.#keepsEmpty : true);
  }

  isEmpty(partition: number): boolean {
    return this.#keepsEmpty && this.#base.isEmpty(partition);
  }

  protected makeInput(partition: number, needs: TaskNeeds): TaskInput {
    return this.#base.input(partition, needs);
  }
}

export class ConcatPart extends Part {
  readonly spec: ConcatSpec;
  readonly parents: readonly Part[];
  /** Position in the program → index among the concat's parents there, which are those that differ. Set with `position`. */
  slots: ReadonlyMap<number, number> = new Map();
  /**
   * True when the concat needs no node in the program, all parents being one there and each partition one of theirs, whose number nobody
   * asks for.
   */
  through = false;
  override readonly usesNumber: boolean;

  constructor(node: PlanNode, spec: ConcatSpec, parents: readonly Part[]) {
    super(node);
    this.spec = spec;
    this.parents = parents;
    this.usesNumber = parents.some(parent => parent.usesNumber);
  }

  /** The parts of a partition that are not concats themselves, in order. */
  *pieces(partition: number): Generator<readonly [part: Part, partition: number]> {
    const stack: [Part, number][] = [[this, partition]];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [part, p] = top;
      if (!(part instanceof ConcatPart)) yield top;
      else
        for (const [parent, q] of (part.spec.parts[p] ?? []).toReversed())
          stack.push([part.parents[parent] as Part, q]);
    }
  }

  isEmpty(partition: number): boolean {
    for (const [part, p] of this.pieces(partition)) if (!part.isEmpty(p)) return false;
    return true;
  }

  protected makeInput(partition: number, needs: TaskNeeds): TaskInput {
    const inputs: [number, TaskInput, number][] = [];
    for (const [part, p] of this.pieces(partition)) {
      if (!part.isEmpty(p)) inputs.push([this.slots.get(part.position) as number, part.input(p, needs), p]);
    }
    return this.through ? (inputs[0]?.[1] ?? { kind: "empty" }) : { kind: "concat", inputs };
  }
}

export class ZipPart extends Part {
  readonly spec: ZipSpec;
  readonly parents: readonly Part[];
  override readonly usesNumber = true;

  constructor(node: PlanNode, spec: ZipSpec, parents: readonly Part[]) {
    super(node);
    this.spec = spec;
    this.parents = parents;
  }

  isEmpty(partition: number): boolean {
    if (this.spec.emptyOnEmpty !== true) return false;
    return this.parents.every((parent, i) => parent.isEmpty(this.#partition(partition, i)));
  }

  protected makeInput(partition: number, needs: TaskNeeds): TaskInput {
    const partitions = this.parents.map((_, i) => this.#partition(partition, i));
    const inputs = this.parents.map((parent, i) => parent.input(partitions[i] as number, needs));
    return { kind: "zip", inputs, partitions };
  }

  #partition(partition: number, parent: number): number {
    return this.spec.parts[partition]?.[parent] ?? 0;
  }
}

/** Where a stage begins to read what an earlier one has written. */
export class ShufflePart extends Part {
  readonly spec: ShuffleSpec;
  readonly #outputs: Outputs;

  constructor(node: PlanNode, spec: ShuffleSpec, outputs: Outputs) {
    super(node);
    this.spec = spec;
    this.#outputs = outputs;
  }

  isEmpty(partition: number): boolean {
    return this.#outputs.isEmpty(this.node, partition);
  }

  protected makeInput(partition: number): TaskInput {
    return { kind: "blocks", blocks: this.#outputs.blocks(this.node, partition) };
  }
}

/** A persisted node. Without `parent` every partition is kept somewhere, and what is below takes no part in the stage. */
export class PersistPart extends Part {
  readonly level: StorageLevel;
  readonly parent: Part | undefined;
  readonly #kept: Kept;

  constructor(node: PlanNode, level: StorageLevel, parent: Part | undefined, kept: Kept) {
    super(node);
    this.level = level;
    this.parent = parent;
    this.#kept = kept;
  }

  isEmpty(partition: number): boolean {
    const place = this.#kept.place(this.node, partition);
    if (place !== undefined) {
      const { worker, block } = place;
      return worker === undefined && (block === undefined || block.end <= block.start);
    }
    if (this.parent?.isEmpty(partition) !== true) return false;
    this.#kept.addEmpty(this.node, partition);
    return true;
  }

  protected makeInput(partition: number, needs: TaskNeeds): TaskInput {
    const nodeId = this.node.id;
    const place = this.#kept.place(this.node, partition);
    if (place?.block !== undefined) return { kind: "persisted", nodeId, partition, block: place.block };
    if (place?.worker !== undefined) {
      needs.held.push({ nodeId, partition, worker: place.worker, strict: this.parent === undefined });
    } else {
      needs.keeps = true;
    }
    return { kind: "persisted", nodeId, partition, ...(this.parent && { input: this.parent.input(partition, needs) }) };
  }
}
