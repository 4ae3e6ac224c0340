/**
 * Makes a function again from its bytes, in a worker.
 *
 *     load modules ─▶ make each node an empty thing ─▶ fill it ─▶ the function
 *
 * Making and filling are apart because nodes refer to each other in circles. Only few kinds need others to be there first:
 * a class its parent, a bound function its target, and a portable function all that its arguments hold.
 */
import { DStreamsError } from "../base/errors.ts";
import { registerClass, registeredClass } from "./class-registry.ts";
import { compile, memberOf, parametersOf } from "./compile.ts";
import { type Code, type Graph, type Node, type Slot, unpackGraph } from "./format.ts";
import { importMetaOf, loadModule, requireFrom } from "./modules.ts";
import { fillObject, globalAt, makeView } from "./restore-object.ts";

/** What the thread that restores can do and this folder cannot. */
export interface RestoreHost {
  /** The counterpart, in this thread, of an object that travels as a handle. */
  revive(kind: string, id: number): unknown;
}

/**
 * @param bytes of `capture`; the classes they name must have been defined (`defineClass`)
 * @throws DSTREAMS_CLOSURE when a module it uses cannot be loaded here, or the bytes are of another version
 */
export async function restore(bytes: Uint8Array, host: RestoreHost): Promise<Function> {
  return (await restoreValue(bytes, host)) as Function;
}

/** Restores any graph; a graph of definitions registers its classes. */
export async function restoreValue(bytes: Uint8Array, host: RestoreHost): Promise<unknown> {
  const graph = unpackGraph(bytes);
  const modules = await Promise.all(graph.modules.map(loadModule));
  return new Restoration(graph, modules, host).run();
}

class Restoration {
  readonly #graph: Graph;
  readonly #modules: readonly unknown[];
  readonly #host: RestoreHost;
  readonly #values: unknown[];
  readonly #state: ("making" | "made" | undefined)[];
  /** What is left to do to a node once those it refers to are made. */
  readonly #rest: ((() => void) | undefined)[] = [];
  /** The nodes that each node refers to, as far as known. */
  readonly #uses: (number[] | undefined)[] = [];
  #current = -1;
  readonly #cells: { value: unknown }[];

  constructor(graph: Graph, modules: readonly unknown[], host: RestoreHost) {
    this.#graph = graph;
    this.#modules = modules;
    this.#host = host;
    this.#values = new Array(graph.nodes.length);
    this.#state = new Array(graph.nodes.length);
    this.#cells = graph.cells.map(() => ({ value: undefined }));
  }

  run(): unknown {
    const { root, cells } = this.#graph;
    this.#settle([root, ...cells]);
    for (const [i, slot] of cells.entries()) (this.#cells[i] as { value: unknown }).value = this.value(slot);
    return this.value(root);
  }

  /** The value of a slot, perhaps not filled yet. */
  readonly value = (slot: Slot): unknown => {
    if (typeof slot !== "object" || slot === null) return slot;
    const [node] = slot;
    this.#uses[this.#current]?.push(node);
    if (this.#state[node] === undefined) {
      this.#state[node] = "making";
      this.#values[node] = this.#during(node, () => this.#make(this.#graph.nodes[node] as Node, node));
      this.#state[node] = "made";
    } else if (this.#state[node] === "making") {
      throw new DStreamsError(
        "DSTREAMS_CLOSURE",
        "A captured value is needed to make itself: its prototypes or arguments form a circle",
      );
    }
    return this.#values[node];
  };

  /** Fills everything that can be reached from these slots. */
  #settle(slots: readonly Slot[]): void {
    const seen = new Set<number>();
    const rest: number[] = [];
    for (const slot of slots) {
      this.value(slot);
      if (typeof slot === "object" && slot !== null) rest.push(slot[0]);
    }
    for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      const fill = this.#rest[node];
      this.#rest[node] = undefined;
      if (fill) this.#during(node, fill);
      rest.push(...(this.#uses[node] ?? []));
    }
  }

  /** Runs a part of a node's restoration, and notes which nodes it uses. */
  #during<R>(node: number, part: () => R): R {
    const before = this.#current;
    this.#current = node;
    this.#uses[node] ??= [];
    try {
      return part();
    } finally {
      this.#current = before;
    }
  }

  #make(node: Node, at: number): unknown {
    const later = (fill: () => void): void => {
      this.#rest[at] = fill;
    };
    const withOwn = <T extends object>(value: T, own = "own" in node ? node.own : undefined): T => {
      if (own) later(() => fillObject(value, own, this.value));
      return value;
    };
    switch (node.kind) {
      case "object":
        return withOwn({});
      case "array": {
        const array: unknown[] = new Array(node.items.length);
        later(() => {
          node.items.forEach((item, i) => {
            array[i] = this.value(item);
          });
          if (node.own) fillObject(array, node.own, this.value);
        });
        return array;
      }
      case "map": {
        const map = new Map<unknown, unknown>();
        later(() => {
          for (let i = 0; i < node.entries.length; i += 2)
            map.set(this.value(node.entries[i]), this.value(node.entries[i + 1]));
          if (node.own) fillObject(map, node.own, this.value);
        });
        return map;
      }
      case "set": {
        const set = new Set<unknown>();
        later(() => {
          for (const entry of node.entries) set.add(this.value(entry));
          if (node.own) fillObject(set, node.own, this.value);
        });
        return set;
      }
      case "plain":
        return withOwn(node.value as object);
      case "shared": {
        const buffer = new SharedArrayBuffer(node.bytes.length);
        new Uint8Array(buffer).set(node.bytes);
        return buffer;
      }
      case "view":
        return withOwn(makeView(node.type, this.value(node.buffer) as ArrayBuffer, node.offset, node.length));
      case "error": {
        const error = new Error();
        delete error.stack;
        return withOwn(error);
      }
      case "made": {
        this.#settle(node.args);
        return Reflect.construct(this.value(node.constructor) as Function, node.args.map(this.value)) as unknown;
      }
      case "symbol":
        if (node.registered !== undefined) return Symbol.for(node.registered);
        return node.wellKnown === undefined
          ? Symbol(node.description)
          : (Symbol as unknown as Record<string, unknown>)[node.wellKnown];
      case "function":
        return this.#makeFunction(node, at);
      case "class":
        return this.#makeClass(node, at);
      case "bound": {
        const target = this.value(node.target) as Function;
        this.#settle([node.self, ...node.args]);
        return withOwn(
          Function.prototype.bind.call(target, this.value(node.self), ...node.args.map(this.value)) as Function,
        );
      }
      case "proxy":
        return new Proxy(this.value(node.target) as object, this.value(node.handler) as ProxyHandler<object>);
      case "prototype":
        return withOwn((this.value(node.of) as Function).prototype as object);
      case "import":
        return node.path.reduce<unknown>(descend, this.#modules[node.module]);
      case "global":
        return globalAt(node.path, node.accessor);
      case "require":
        return requireFrom(node.from);
      case "handle":
        return this.#host.revive(node.handle, node.id);
      case "portable": {
        this.#settle(node.args);
        const factory = descend(this.#modules[node.module], node.name) as (...args: unknown[]) => Function;
        return factory(...node.args.map(this.value));
      }
    }
  }

  #makeFunction(node: Node & { kind: "function" }, at: number): Function {
    const { code } = node;
    const compiled = compile(code, parametersOf(code), [], this.#sharedVariables(code));
    const fn = code.form === "member" ? memberOf(compiled.value as object) : (compiled.value as Function);
    nameFunction(fn, code.name);
    this.#rest[at] = () => {
      compiled.bind([...code.slots.map(this.value), ...this.#importMeta(code)]);
      if (code.home !== undefined) {
        const home = this.value(code.home) as object;
        Object.setPrototypeOf(compiled.value as object, Object.getPrototypeOf(home) as object | null);
      }
      if (node.own) fillObject(fn, node.own, this.value);
    };
    return fn;
  }

  #makeClass(node: Node & { kind: "class" }, at: number): Function {
    const known = registeredClass(node.id);
    if (known !== undefined) return known;
    if (node.code === undefined) {
      throw new DStreamsError(
        "DSTREAMS_CLOSURE",
        `The class ${node.id} was not defined in this worker before a function that uses it`,
      );
    }
    const { code, heritage } = node;
    const meta = this.#importMeta(code);
    const parent = heritage === undefined ? [] : [this.value(heritage)];
    const early = code.slots.map(slot => (this.#isReady(slot) ? this.value(slot) : undefined));
    const parameters = parametersOf(code, node.heritageName);
    const compiled = compile(code, parameters, [...early, ...meta, ...parent], this.#sharedVariables(code));
    const type = compiled.value as Function;
    nameFunction(type, code.name);
    registerClass(node.id, type);
    this.#rest[at] = () => {
      compiled.bind([...code.slots.map(this.value), ...meta, ...parent]);
      if (node.own) fillObject(type, node.own, this.value);
      if (node.prototypeOwn) fillObject(type.prototype as object, node.prototypeOwn, this.value);
    };
    return type;
  }

  /** What names of computed members may refer to: they are evaluated with the class. */
  #isReady(slot: Slot): boolean {
    if (typeof slot !== "object" || slot === null) return true;
    const kind = this.#graph.nodes[slot[0]]?.kind;
    return kind === "symbol" || kind === "import" || kind === "global";
  }

  #importMeta(code: Code): unknown[] {
    return code.importMeta === undefined ? [] : [importMetaOf(code.file)];
  }

  #sharedVariables(code: Code): object | undefined {
    if (code.sharedNames === undefined) return undefined;
    const shared: object = Object.create(null) as object;
    code.sharedNames.forEach((name, i) => {
      const cell = this.#cells[code.cells?.[i] ?? -1] as { value: unknown };
      Object.defineProperty(shared, name, {
        get: () => cell.value,
        set: value => {
          cell.value = value;
        },
      });
    });
    return shared;
  }
}

function nameFunction(fn: Function, name: string): void {
  if (fn.name !== name) Object.defineProperty(fn, "name", { value: name, configurable: true });
}

function descend(value: unknown, key: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !(key in value)) {
    throw new DStreamsError(
      "DSTREAMS_CLOSURE",
      `A module that functions use has no export ${JSON.stringify(key)} in the workers`,
    );
  }
  return (value as Record<string, unknown>)[key];
}
