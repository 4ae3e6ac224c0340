import { type ChildProcess, spawn } from "node:child_process";

/**
 * Reads `+ id` and `- id` until the pipe's other end is gone, then kills whoever is still there. A shell, because it has to outlive
 * the daemon, costs a megabyte where a Node would cost fifty, and needs nothing but what every Unix has.
 */
const script = `
ids=" "
while read -r sign id; do
  rest=" "
  for known in $ids; do [ "$known" = "$id" ] || rest="$rest$known "; done
  ids="$rest"
  [ "$sign" = - ] || ids="$ids$id "
done
[ "$ids" = " " ] || kill -9 $ids
`;

/**
 * Kills workers that the daemon leaves behind when it is killed itself. Those that listen end when they lose the daemon; one that
 * computes without a pause listens to nobody.
 */
export class Watch {
  readonly #shell: ChildProcess;

  constructor() {
    // A group of its own: what kills the daemon's whole group must not kill this.
    this.#shell = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    // Without a watch the daemon works as well.
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
  }

  add(id: number): void {
    this.#shell.stdin?.write(`+ ${id}\n`);
  }

  remove(id: number): void {
    this.#shell.stdin?.write(`- ${id}\n`);
  }
}
