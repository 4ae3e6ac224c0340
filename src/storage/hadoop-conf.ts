/**
 * Hadoop's settings, by Hadoop's names (`fs.defaultFS`, `fs.s3a.endpoint`, …), as Spark's users set them:
 *
 *     spark.hadoop.<key> of the program  ─┐  wins
 *     $HADOOP_CONF_DIR/hdfs-site.xml      ├──▶ hadoopConf().get("<key>")     in the driver and in every worker
 *     $HADOOP_CONF_DIR/core-site.xml     ─┘
 *
 * What the program says reaches the workers as Node's environment data, which threads inherit from the one that starts them; so
 * neither the engine nor a task has to know of it. It is the state of a process, as there is one context in a process.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import type * as fastXmlParser from "fast-xml-parser";
import { DStreamsError } from "../base/errors.ts";
import { optional } from "../base/optional.ts";

const key = "dstreams.hadoop";
const prefix = "spark.hadoop.";

type Settings = ReadonlyMap<string, string>;

/** For the driver, before its workers start: takes the `spark.hadoop.*` pairs of a configuration, in place of those of the last one. */
export function setHadoopConf(pairs: Iterable<readonly [string, string]>): void {
  const own = [...pairs].filter(([name]) => name.startsWith(prefix));
  setEnvironmentData(key, new Map(own.map(([name, value]) => [name.slice(prefix.length), value])));
}

/**
 * For workers on other hosts, which have not our files: all settings in force, as `setHadoopConf` takes them. Without the package that
 * reads the files these are the program's own; whoever uses a setting of the files here is told what to install.
 */
export function hadoopSettings(): [key: string, value: string][] {
  const pairs = (settings: Settings): [string, string][] =>
    [...settings].map(([name, value]) => [prefix + name, value]);
  try {
    return pairs(hadoopConf().settings);
  } catch (error) {
    if (!(error instanceof DStreamsError) || error.code !== "DSTREAMS_DEPENDENCY") throw error;
    return pairs((getEnvironmentData(key) as unknown as Settings | undefined) ?? new Map());
  }
}

export class HadoopConf {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** As they were written. */
  get settings(): Settings {
    return this.#settings;
  }

  /** The value, trimmed, with `${other.key}` and `${env.NAME}` in it replaced; undefined when it is not set, or empty. */
  get(name: string): string | undefined {
    const value = this.#settings.get(name)?.trim();
    return value === undefined || value === "" ? undefined : this.#replaced(value);
  }

  /** A list with commas. */
  list(name: string): string[] {
    const parts = this.get(name)?.split(",") ?? [];
    return parts.map(part => part.trim()).filter(part => part !== "");
  }

  /** A whole number. @throws DSTREAMS_CONFIGURATION for anything else */
  integer(name: string, otherwise: number): number {
    const value = this.get(name);
    if (value === undefined) return otherwise;
    if (/^\d+$/.test(value)) return Number(value);
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `${name} should be a whole number, but was '${value}'.`);
  }

  /** Bytes, as a number or with a unit: `134217728`, `128m`. @throws DSTREAMS_CONFIGURATION for anything else */
  size(name: string, otherwise: number): number {
    const value = this.get(name);
    if (value === undefined) return otherwise;
    const [, digits, unit = ""] = /^(\d+)([kmgt]?)$/i.exec(value) ?? [];
    if (digits !== undefined) return Number(digits) * 1024 ** " kmgt".indexOf(unit.toLowerCase() || " ");
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `${name} should be a size such as 64m, but was '${value}'.`);
  }

  /** `true` or `false`. @throws DSTREAMS_CONFIGURATION for anything else */
  boolean(name: string, otherwise: boolean): boolean {
    const value = this.get(name)?.toLowerCase();
    if (value === undefined) return otherwise;
    if (value === "true" || value === "false") return value === "true";
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `${name} should be true or false, but was '${value}'.`);
  }

  /** As in Hadoop: what nobody has set stays as it is, and so does what goes round in circles. */
  #replaced(value: string, depth = 0): string {
    if (depth === 20) return value;
    const replaced = value.replace(/\$\{([^${}\s]+)\}/g, (whole, name: string) => this.#variable(name) ?? whole);
    return replaced === value ? value : this.#replaced(replaced, depth + 1);
  }

  #variable(name: string): string | undefined {
    if (name.startsWith("env.")) return process.env[name.slice("env.".length)];
    return this.#settings.get(name) ?? systemProperties.get(name)?.();
  }
}

/** The properties of Java that Hadoop's own files refer to. */
const systemProperties: ReadonlyMap<string, () => string> = new Map([
  ["user.name", () => userInfo().username],
  ["user.home", homedir],
  ["java.io.tmpdir", tmpdir],
]);

let cached: { readonly of: unknown; readonly conf: HadoopConf } | undefined;

/** The settings in force. The same object until the program sets others, so that it can be the key of what is derived from it. */
export function hadoopConf(): HadoopConf {
  const own = getEnvironmentData(key) as unknown as Settings | undefined;
  if (cached === undefined || cached.of !== own) {
    cached = { of: own, conf: new HadoopConf(new Map([...settingsOfFiles(), ...(own ?? [])])) };
  }
  return cached.conf;
}

function settingsOfFiles(): Map<string, string> {
  const directory = process.env["HADOOP_CONF_DIR"];
  const settings = new Map<string, string>();
  if (directory === undefined || directory === "") return settings;
  for (const file of ["core-site.xml", "hdfs-site.xml"]) {
    const path = join(directory, file);
    if (existsSync(path)) for (const [name, value] of readSite(path)) settings.set(name, value);
  }
  return settings;
}

interface SiteFile {
  readonly configuration?: { readonly property?: readonly { readonly name?: string; readonly value?: string }[] };
}

/** The properties of a Hadoop configuration file. */
function readSite(path: string): [string, string][] {
  const { XMLParser } = optional<typeof fastXmlParser>(
    "fast-xml-parser",
    `it reads Hadoop's configuration files, and HADOOP_CONF_DIR names some (${path})`,
  );
  const parser = new XMLParser({ parseTagValue: false, isArray: name => name === "property" });
  try {
    const { configuration } = parser.parse(readFileSync(path), true) as SiteFile;
    const properties = configuration?.property ?? [];
    return properties.map(({ name, value }) => [(name ?? "").trim(), value ?? ""]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `Cannot read the Hadoop configuration ${path}: ${reason}`, {
      cause,
    });
  }
}
