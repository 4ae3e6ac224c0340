/** `npm run docs:api`: the API pages from the docstrings, in docs/api (not committed). */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const tools = fileURLToPath(new URL("../tools/docs", import.meta.url));

if (!existsSync(join(tools, "node_modules"))) run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
run(process.execPath, [join(tools, "node_modules/typedoc/bin/typedoc"), "--options", "typedoc.json"]);

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: tools, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
