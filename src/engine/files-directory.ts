import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

const key = "dstreams.files";

/** Where the files are that `sc.addFile` gave to tasks, in this thread and those it starts; undefined before there is a context. */
export function filesDirectory(): string | undefined {
  const directory = getEnvironmentData(key);
  return typeof directory === "string" ? directory : undefined;
}

export function setFilesDirectory(path: string): void {
  setEnvironmentData(key, path);
}
