/**
 * The log: one line per event on stderr, in the form Spark's users know and grep.
 *
 *     26/11/23 18:20:01 WARN JobScheduler: message
 *
 *     logger("JobScheduler").warn("…") ──▶ level ──▶ sink ──▶ stderr            in the driver
 *                                                     └────▶ postMessage         in a worker, and `publish` in the driver
 *
 * Two things are global to a thread, on purpose, as in log4j: the level and the sink. A line is written synchronously, so
 * that nothing is lost when the process ends right after it; a message that is not shown costs one comparison.
 */
import { stackOf } from "./error-text.ts";
import { DStreamsError } from "./errors.ts";
import { calendarDate, clockTime } from "./local-time.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** One event, as it goes from the thread where it happened to the one that writes it. Plain data. */
export interface LogRecord {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly level: LogLevel;
  /** Who says it: `JobScheduler`. */
  readonly name: string;
  /** May have several lines; an error's stack is in it. */
  readonly message: string;
}

/** A message, or a function that makes it when it is really shown. */
export type LogMessage = string | (() => string);

export interface Logger {
  trace(message: LogMessage, error?: unknown): void;
  debug(message: LogMessage, error?: unknown): void;
  info(message: LogMessage, error?: unknown): void;
  warn(message: LogMessage, error?: unknown): void;
  error(message: LogMessage, error?: unknown): void;
  fatal(message: LogMessage, error?: unknown): void;
  /** True when a message of this level would be shown. */
  enabled(level: LogLevel): boolean;
}

const severity: Record<LogLevel, number> = { trace: 1, debug: 2, info: 3, warn: 4, error: 5, fatal: 6 };

/** Spark's names, and the least severity each lets through. */
const thresholds: Record<string, number> = { ALL: 0, TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6, OFF: 7 };

let levelName = "WARN";
let threshold = 4;
let sink: (record: LogRecord) => void = writeLine;

/** The log of one part of the product, or of a program: `logger("JobScheduler")`. */
export function logger(name: string): Logger {
  const at =
    (level: LogLevel) =>
    (message: LogMessage, error?: unknown): void => {
      if (severity[level] >= threshold) sink({ time: Date.now(), level, name, message: render(message, error) });
    };
  return {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    enabled: level => severity[level] >= threshold,
  };
}

/**
 * Shows messages of this level and above, in this thread. Upper or lower case.
 *
 * @param level one of ALL, DEBUG, ERROR, FATAL, INFO, OFF, TRACE, WARN (the default)
 * @throws DSTREAMS_ILLEGAL_ARGUMENT for any other name
 */
export function setLogLevel(level: string): void {
  const name = String(level).toUpperCase();
  const found = Object.hasOwn(thresholds, name) ? thresholds[name] : undefined;
  if (found === undefined) {
    const names = Object.keys(thresholds).sort().join(", ");
    throw new DStreamsError(
      "DSTREAMS_ILLEGAL_ARGUMENT",
      `requirement failed: Supplied level ${level} did not match one of: ${names}`,
    );
  }
  levelName = name;
  threshold = found;
}

/** The level in force, by Spark's name. */
export function getLogLevel(): string {
  return levelName;
}

/** Sends this thread's events elsewhere (a worker: to the driver; a program: to its own log); undefined: back to stderr. */
export function setLogSink(newSink: ((record: LogRecord) => void) | undefined): void {
  sink = newSink ?? writeLine;
}

/** An event that another thread passed on; the level of this thread decides whether it is shown. */
export function publish(record: LogRecord): void {
  if (severity[record.level] >= threshold) sink(record);
}

/** `26/11/23 18:20:01 WARN JobScheduler: message`, in local time. */
export function formatRecord(record: LogRecord): string {
  const t = new Date(record.time);
  const date = calendarDate(t, "/").slice(2);
  return `${date} ${clockTime(t)} ${record.level.toUpperCase()} ${record.name}: ${record.message}`;
}

function writeLine(record: LogRecord): void {
  process.stderr.write(`${formatRecord(record)}\n`);
}

function render(message: LogMessage, error: unknown): string {
  const text = typeof message === "string" ? message : message();
  return error === undefined ? text : `${text}\n${stackOf(error)}`;
}
