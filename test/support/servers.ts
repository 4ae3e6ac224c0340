/** Real servers for a test file: in a temporary folder, on free ports of the loopback interface, gone when the tests have ended. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { guard, MissingProgram } from "../../scripts/services/process.ts";
import { freePorts, type Instance, type Place, type Service } from "../../scripts/services/service.ts";

export interface TestServer<I extends Instance> {
  /** What `describe` and `test` take: false, or why this machine cannot run the server. With CI=true that is an error instead. */
  readonly skip: string | false;
  /** To be used only where `skip` is false. */
  readonly place: Place;
  readonly server: I;
}

/**
 * Starts a service for all tests of a file; call it at the top of the file.
 *
 *     const { skip, server } = await startServer(hdfs);
 *     describe("…", { skip }, () => …);
 */
export async function startServer<I extends Instance>(service: Service<I>): Promise<TestServer<I>> {
  const folder = mkdtempSync(join(tmpdir(), `dstreams-${service.name}-`));
  guard(folder);
  const place: Place = { folder, ports: await freePorts(Object.keys(service.ports)), stays: false };
  let server: I | undefined;
  after(async () => {
    await Promise.all((server?.processes ?? []).map(process => process.stop("SIGKILL")));
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  try {
    server = await service.start(place);
    return { skip: false, place, server };
  } catch (error) {
    if (!(error instanceof MissingProgram) || process.env["CI"] === "true") throw error;
    return { skip: `skipped: ${error.message}`, place, server: undefined as unknown as I };
  }
}
