/**
 * A program with a driver JVM: prints where that listens, and then waits to be killed (`wait`), or has nothing more to do (`end`).
 *
 *     node driver.ts <Spark's home> wait|end
 */
import { launch } from "../../../src/engine/spark/gateway/launch.ts";
import { quickJvm } from "../../support/spark-homes.ts";

const [home = "", then] = process.argv.slice(2);
const { address } = await launch({ home, args: ["--master", "local[1]", ...quickJvm] });
process.stdout.write(`${JSON.stringify(address)}\n`);
if (then === "wait") setInterval(() => undefined, 1000);
// …once the test is connected
else process.stdin.once("data", () => process.stdin.destroy());
