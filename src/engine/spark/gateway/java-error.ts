import type { Connection } from "./connection.ts";
import { asObject, asString, type JavaObject } from "./parts.ts";

/** What Java code threw. */
export class JavaError extends Error {
  /** Java's class: `org.apache.spark.SparkException`. */
  readonly className: string;
  /** The whole trace as Java prints it, causes and all. */
  readonly javaStack: string;
  /** Its causes as Java's `toString` shows them, the nearest first. */
  readonly causes: readonly string[];

  /** @param text what Java's `toString` says: mostly the class, a colon, the message */
  constructor(className: string, text: string, javaStack: string, causes: readonly string[]) {
    super(text);
    this.name = "JavaError";
    this.className = className;
    this.javaStack = javaStack;
    this.causes = causes;
  }
}

/** Asks the JVM what it threw, and releases it. */
export async function javaError(connection: Connection, throwable: JavaObject): Promise<JavaError> {
  const text = async (target: JavaObject): Promise<string> => {
    const said = await connection.call(target, "toString");
    return typeof said === "string" ? said : "null";
  };
  const className = async (): Promise<string> => {
    const type = asObject(await connection.call(throwable, "getClass"));
    const name = asString(await connection.call(type, "getName"));
    await connection.release(type);
    return name;
  };
  const causes = async (): Promise<string[]> => {
    const found: string[] = [];
    let cause = await connection.call(throwable, "getCause");
    while (cause !== null && found.length < mostCauses) {
      const object = asObject(cause);
      found.push(await text(object));
      cause = await connection.call(object, "getCause");
      await connection.release(object);
    }
    return found;
  };
  const parts = await Promise.all([className(), text(throwable), connection.stackTrace(throwable), causes()]);
  await connection.release(throwable);
  return new JavaError(...parts);
}

/** Against causes that go round in circles. */
const mostCauses = 20;
