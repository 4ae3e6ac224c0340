/**
 * Java programs from Maven Central: the jars of a `pom.xml` beside the service, resolved by the `mvn` client, once, into the cache.
 * Which repository it asks is the business of the user's Maven settings.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../bench/data.ts";
import { lock } from "./lock.ts";
import { MissingProgram } from "./process.ts";

/** The folder with all jars that `pom` (its URL) names and needs. */
export async function jarsOf(name: string, pom: URL): Promise<string> {
  const text = readFileSync(pom);
  const folder = join(cacheFolder, "jars", `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(join(cacheFolder, "jars"), { recursive: true });
  await using _ = await lock(`${folder}.lock`);
  if (existsSync(folder)) return folder; // somebody else was faster
  console.error(`Fetching the jars of ${name} by Maven, once …`);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  await maven(["-f", fileURLToPath(pom), "dependency:copy-dependencies", `-DoutputDirectory=${part}`]);
  renameSync(part, folder);
  return folder;
}

/** The `java` command: that of JAVA_HOME, or the one on the PATH. */
export function java(): string {
  const home = process.env["JAVA_HOME"];
  const command = home ? join(home, "bin", "java") : "java";
  if (spawnSync(command, ["-version"]).status === 0) return command;
  throw new MissingProgram(
    "there is no Java: install a JDK, 17 or newer, and have `java` on the PATH or JAVA_HOME set",
  );
}

async function maven(args: readonly string[]): Promise<void> {
  const child = spawn("mvn", ["-B", "-q", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close").catch(() => {
    throw new MissingProgram("there is no Maven: install it, and have `mvn` on the PATH");
  })) as [number | null];
  if (code !== 0) throw new Error(`mvn ${args.join(" ")} ended with ${code}:\n${said.slice(-4000)}`);
}
