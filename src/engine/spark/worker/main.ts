/** The program that executors start, as daemon and as worker. */
import { start } from "./start.ts";

await start(import.meta.url, async () => (await import("./run-task.ts")).runTask);
