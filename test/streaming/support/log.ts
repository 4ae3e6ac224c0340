import { getLogLevel, setLogLevel, setLogSink } from "../../../src/base/log.ts";
import type { LogRecord } from "../../../src/base/log.ts";

/** What is logged while it is in scope, at this level and above, instead of being printed. */
export function captureLog(level = "INFO"): Disposable & { readonly records: LogRecord[]; readonly lines: string[] } {
  const before = getLogLevel();
  const records: LogRecord[] = [];
  setLogLevel(level);
  setLogSink(record => records.push(record));
  return {
    records,
    get lines() {
      return records.map(record => `${record.level.toUpperCase()} ${record.name}: ${record.message.split("\n")[0]}`);
    },
    [Symbol.dispose]() {
      setLogSink(undefined);
      setLogLevel(before);
    },
  };
}
