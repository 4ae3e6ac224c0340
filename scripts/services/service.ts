/**
 * What a server for development and for tests is: a function from a folder and ports to a running instance.
 *
 *     npm run services -- up hdfs    a folder of the cache,  the usual ports,  processes that stay
 *     a test                         a temporary folder,     free ports,       processes that end with the test's own
 *
 * A service is a file beside this one, with a line in `all.ts`. Its programs are the real ones, fetched by `maven.ts`.
 */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { ServerProcess } from "./process.ts";

export interface Service<I extends Instance = Instance> {
  /** What `up`, `down` and `status` call it, and the name of its folder. */
  readonly name: string;
  /** A line for people. */
  readonly title: string;
  /** The ports it takes when nobody says otherwise, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** Resolves when the service answers. Throws `MissingProgram` where the machine lacks what it needs. */
  start(place: Place): Promise<I>;
}

/** Where an instance lives. */
export interface Place {
  /** Its data, configuration and logs. The same folder again is the same instance, with the data it had. */
  readonly folder: string;
  readonly ports: Readonly<Record<string, number>>;
  /** True: its processes outlive this one. False: they end with it, however it ends. */
  readonly stays: boolean;
}

export interface Instance {
  /** What a program needs to reach it, by name: `{ fs: "hdfs://127.0.0.1:8020" }`. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly processes: readonly ServerProcess[];
  /** A command to try it with, for people. */
  readonly usage?: string;
}

/** Ports of the loopback interface that nobody has at the moment, by name. */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const servers = await Promise.all(
    names.map(async () => {
      const server = createServer();
      await once(server.listen(0, "127.0.0.1"), "listening");
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))));
  return Object.fromEntries(names.map((name, i) => [name, ports[i]])) as Record<Name, number>;
}

/** True when somebody listens there. */
export async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const connected = await new Promise<boolean>(resolve => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return connected;
}
