/**
 * A connection to the gateway: one TCP connection, which one thread of the JVM serves all its life. What Spark keeps per thread (the
 * job's group, its description, its pool) belongs to the connection, and a call that takes long holds up only those behind it.
 *
 *     call ──▶ lines of text ──▶ socket ──▶ JVM's thread      in order, the next when the last is answered
 *              #pending: who waits, first come first           │
 *     reply ◀── one line     ◀── socket ◀──────────────────────┘
 *
 * While somebody waits, the socket keeps the process alive; otherwise it does not.
 *
 * What was thrown in Java is an object of the JVM. It is asked for its texts on the same connection, behind whatever was sent
 * meanwhile, and released; the call rejects with a `JavaError`.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { DStreamsError } from "../../../base/errors.ts";
import { javaError } from "./java-error.ts";
import {
  type Argument,
  asInt,
  asObject,
  asString,
  decodeReply,
  encodeArgument,
  encodeName,
  JavaObject,
  type Reply,
  unescape,
} from "./parts.ts";
import { ReplyLines } from "./reply-lines.ts";

/** Where the gateway listens, and what it wants to hear first. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export interface ConnectionOptions {
  /** Why the connection broke: asked once, when that has happened. */
  explain?(): Promise<Error>;
  /** Told of every object that the JVM now holds for us. */
  track?(object: JavaObject): void;
  /** Told of every one that it no longer holds. */
  untrack?(object: JavaObject): void;
}

interface Pending {
  resolve(reply: Reply | Promise<Reply>): void;
  reject(error: unknown): void;
  /** For messages: `org.apache.spark.api.python.PythonRDD.runJob`. */
  readonly what: string;
  readonly text: string;
  /** As long as the call is under way these objects are in use, and so not released by themselves. */
  readonly uses: readonly Argument[];
}

/** The letters of a reply line: `!yo12`. */
const letters = { success: "y".charCodeAt(0), failure: "x".charCodeAt(0), reference: "r".charCodeAt(0) };

export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #pending: Pending[] = [];
  #broken: Promise<Error> | undefined;

  /**
   * Connects and says the secret.
   *
   * @throws DSTREAMS_SPARK_GATEWAY when it is not the right one; what `explain` says when nobody listens
   */
  static async open(address: GatewayAddress, options: ConnectionOptions = {}): Promise<Connection> {
    const socket = connect(address.port, address.host);
    await once(socket, "connect").catch(async (cause: unknown) => {
      throw (await options.explain?.()) ?? cause;
    });
    const connection = new Connection(socket, options);
    try {
      await connection.#send("the secret", ["A", encodeName(address.secret)]);
    } catch (cause) {
      connection.close();
      // The gateway hangs up on who does not know the secret, mostly before its answer could be read.
      if (options.explain !== undefined && !(cause instanceof GatewayRefusal)) throw cause;
      throw new DStreamsError("DSTREAMS_SPARK_GATEWAY", "Spark's gateway refused the secret.", { cause });
    }
    return connection;
  }

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket.setNoDelay(true);
    this.#options = options;
    const lines = new ReplyLines(line => this.#answer(line));
    socket.on("data", (chunk: Buffer) => lines.push(chunk));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => this.#break(() => options.explain?.() ?? Promise.resolve(closed())));
  }

  /** True when nobody waits for a reply, and the connection can be used. */
  get isIdle(): boolean {
    return this.#pending.length === 0 && this.#broken === undefined;
  }

  /** `new className(...args)`; the full name, with `$` before a nested class. */
  async construct(className: string, ...args: Argument[]): Promise<JavaObject> {
    return asObject(
      await this.#send(`new ${className}`, ["i", encodeName(className), ...args.map(encodeArgument), "e"], args),
    );
  }

  /** `target.method(...args)`. Rejects with a `JavaError` when it throws. */
  call(target: JavaObject, method: string, ...args: Argument[]): Promise<Reply> {
    return this.#send(
      method,
      ["c", target.id, encodeName(method), ...args.map(encodeArgument), "e"],
      [target, ...args],
    );
  }

  /** `className.method(...args)`, also of a Scala object. Rejects with a `JavaError` when it throws. */
  callStatic(className: string, method: string, ...args: Argument[]): Promise<Reply> {
    return this.#send(
      `${className}.${method}`,
      ["c", `z:${encodeName(className)}`, encodeName(method), ...args.map(encodeArgument), "e"],
      args,
    );
  }

  arrayGet(array: JavaObject, index: number): Promise<Reply> {
    return this.#send(`[${index}]`, ["a", "g", array.id, `i${index}`, "e"], [array]);
  }

  async arrayLength(array: JavaObject): Promise<number> {
    return asInt(await this.#send("length", ["a", "e", array.id, "e"], [array]));
  }

  /** The trace of a throwable, as Java prints it. */
  async stackTrace(throwable: JavaObject): Promise<string> {
    return asString(await this.#send("stack trace", ["p", `r${throwable.id}`, "e"], [throwable]));
  }

  /** The JVM no longer holds the object (or that of this id) for us. Twice does no harm. */
  async release(object: JavaObject | string): Promise<void> {
    if (typeof object !== "string") this.#options.untrack?.(object);
    await this.#send("release", ["m", "d", typeof object === "string" ? object : object.id, "e"]);
  }

  /** Ends the connection. Who still waits for a reply is rejected. */
  close(): void {
    this.#break(() => Promise.resolve(closed()));
    this.#socket.destroy();
  }

  #send(what: string, lines: readonly string[], uses: readonly Argument[] = []): Promise<Reply> {
    if (this.#broken !== undefined) return this.#broken.then(error => Promise.reject(error));
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject, what, uses, text: `${lines.join("\n")}\n` });
      if (this.#pending.length > 1) return;
      this.#socket.ref();
      this.#ask();
    });
  }

  /**
   * One question at a time: the JVM holds back a second answer until we have acknowledged the first, and an acknowledgement that has no
   * question to go with waits for 40 ms.
   */
  #ask(): void {
    const [next] = this.#pending;
    if (next !== undefined) this.#socket.write(next.text);
  }

  #answer(line: Buffer): void {
    const waiting = this.#pending.shift();
    if (waiting === undefined) return;
    if (this.#pending.length === 0) this.#socket.unref();
    else this.#ask();
    try {
      if (line[1] === letters.success) waiting.resolve(this.#value(line.subarray(2)));
      else if (line[1] === letters.failure && line[2] === letters.reference) {
        waiting.resolve(this.#thrown(new JavaObject(line.toString("utf8", 3))));
      } else waiting.reject(new GatewayRefusal(waiting.what, line));
    } catch (error) {
      waiting.reject(error);
    }
  }

  #value(part: Buffer): Reply {
    const reply = decodeReply(part);
    if (reply instanceof JavaObject) this.#options.track?.(reply);
    return reply;
  }

  async #thrown(throwable: JavaObject): Promise<never> {
    throw await javaError(this, throwable);
  }

  #break(explain: () => Promise<Error>): void {
    if (this.#broken !== undefined) return;
    this.#broken = explain();
    const waiting = this.#pending.splice(0);
    void this.#broken.then(error => {
      for (const each of waiting) each.reject(error);
    });
  }
}

/** The gateway itself could not do what a call asks for: no such class, no such method with these arguments, no such object. */
class GatewayRefusal extends DStreamsError {
  constructor(what: string, line: Buffer) {
    const [first = "", ...trace] = unescape(line.toString("utf8", line[2] === "s".charCodeAt(0) ? 3 : 2)).split("\n");
    const said = first === "" ? "there is none" : first;
    super(
      "DSTREAMS_SPARK_GATEWAY",
      `Spark's gateway refused "${what}": ${said}. Is this a version of Spark that dstreams supports?`,
      trace.length === 0 ? undefined : { cause: new Error([said, ...trace].join("\n")) },
    );
  }
}

function closed(): DStreamsError {
  return new DStreamsError("DSTREAMS_SPARK_LOST", "The connection to Spark's driver JVM has been closed.");
}
