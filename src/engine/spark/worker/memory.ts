/**
 * What a worker may take of the memory that its executor allows it (`spark.executor.pyspark.memory`, shared by the tasks that run at once):
 * two thirds are its heap, where functions and tables of states live; one third holds blocks, which are outside of the heap and go to disk
 * when they are more.
 */

/** For blocks, where the executor says nothing, bytes. */
const defaultBlocks = 512 << 20;

/** The limit of the heap, MiB; undefined: Node's own. */
export function heapMegabytes(env: NodeJS.ProcessEnv): number | undefined {
  const allowed = allowedMegabytes(env);
  return allowed === undefined ? undefined : Math.floor((allowed * 2) / 3);
}

/** What blocks in memory may take, bytes. */
export function blockBytes(env: NodeJS.ProcessEnv): number {
  const allowed = allowedMegabytes(env);
  return allowed === undefined ? defaultBlocks : Math.floor((allowed * 2 ** 20) / 3);
}

function allowedMegabytes(env: NodeJS.ProcessEnv): number | undefined {
  const megabytes = Number(env["PYSPARK_EXECUTOR_MEMORY_MB"]);
  return megabytes > 0 ? megabytes : undefined;
}
