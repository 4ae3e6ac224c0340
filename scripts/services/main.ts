/**
 * `npm run services -- up|down|status [names…]`: real servers on this machine, on the loopback interface, without Docker.
 *
 * `up` starts what does not run yet, and leaves it running; data stay in the cache folder until `down --clean`.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { cacheFolder } from "../../bench/data.ts";
import { services } from "./all.ts";
import { forget, MissingProgram, processesIn } from "./process.ts";
import { answers, type Instance, type Service } from "./service.ts";

const names = new Argument("[services...]", "which; default all").choices(services.map(({ name }) => name));

const program = new Command("npm run services --").description(
  `Real servers for development, on this machine only:\n${services.map(({ name, title }) => `  ${name.padEnd(8)}${title}`).join("\n")}`,
);
program
  .command("up")
  .description("starts what does not run yet")
  .addArgument(names)
  .action((wanted: string[]) => each(wanted, up));
program
  .command("down")
  .description("stops what runs; its data stay")
  .option("--clean", "removes the data too", false)
  .addArgument(names)
  .action((wanted: string[], { clean }: { clean: boolean }) => each(wanted, service => down(service, clean)));
program
  .command("status")
  .description("says what runs, and where; ends with 1 when something does not")
  .addArgument(names)
  .action((wanted: string[]) => each(wanted, status));
await program.parseAsync();

/** One after the other; one that fails does not keep the others from being tried. */
async function each(wanted: readonly string[], action: (service: Service) => Promise<void>): Promise<void> {
  for (const service of services) {
    if (wanted.length > 0 && !wanted.includes(service.name)) continue;
    try {
      await action(service);
    } catch (error) {
      process.exitCode = 1;
      const isPlain = error instanceof MissingProgram;
      console.error(`${service.name}: ${isPlain ? error.message : (error as Error).stack}`);
    }
  }
}

async function up(service: Service): Promise<void> {
  if (await isUp(service)) return console.log(`${service.name} is running already (\`status\` says where)`);
  await stop(service);
  for (const [name, port] of Object.entries(service.ports)) {
    if (!(await answers(port))) continue;
    process.exitCode = 1;
    return console.error(`${service.name}: port ${port} (${name}) is taken by another program; stop that first`);
  }
  try {
    say(service, await service.start({ folder: folderOf(service), ports: service.ports, stays: true }));
  } catch (error) {
    await stop(service);
    throw error;
  }
}

async function down(service: Service, clean: boolean): Promise<void> {
  const ended = await stop(service);
  if (clean) rmSync(folderOf(service), { recursive: true, force: true });
  console.log(`${service.name} ${ended ? "is stopped" : "was not running"}${clean ? ", its data are removed" : ""}`);
}

async function status(service: Service): Promise<void> {
  const processes = processesIn(folderOf(service)).map(({ name, pid }) => `${name} ${pid}`);
  const ports = Object.entries(service.ports).map(([name, port]) => `${name} ${port}`);
  if (await isUp(service))
    return console.log(`${service.name} is running: ${processes.join(", ")}; ports: ${ports.join(", ")}`);
  process.exitCode = 1;
  console.log(`${service.name} is not running${processes.length > 0 ? `, but for ${processes.join(", ")}` : ""}`);
}

/** Its ports answer, and it is we who have started it. */
async function isUp(service: Service): Promise<boolean> {
  if (processesIn(folderOf(service)).length === 0) return false;
  return (await Promise.all(Object.values(service.ports).map(answers))).every(yes => yes);
}

async function stop(service: Service): Promise<boolean> {
  const processes = processesIn(folderOf(service));
  await Promise.all(processes.map(process => process.stop()));
  forget(folderOf(service));
  return processes.length > 0;
}

function folderOf(service: Service): string {
  return join(cacheFolder, "services", service.name);
}

function say({ name }: Service, { endpoints, usage }: Instance): void {
  console.log(`${name} is running`);
  for (const [what, where] of Object.entries(endpoints)) console.log(`  ${what.padEnd(11)}${where}`);
  if (usage !== undefined) console.log(`Try it: ${usage}`);
}
