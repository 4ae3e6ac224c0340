/** The script by which executors start a shipped worker. */

/** The oldest Node that runs this package. */
export const leastNode = 24;

/**
 * It takes the Node of the archive, else that of the executor's PATH; what it prints when neither will do, Spark hands to the driver. Of the shell it needs nothing but what is built in, since that
 * PATH may be an odd one.
 *
 * @param entry the worker's program, relative to the archive's root
 */
export function launcherScript(entry: string): string {
  const remedy = `Install Node ${leastNode} or newer there, or send this one along with --ship-node (spark.dstreams.ship.node=true).`;
  return `#!/bin/sh
# Started by Spark's executors, in the folder that the archive was unpacked into.
here=$(cd "\${0%/*}/.." && pwd -P) || exit 1
fail() {
  echo "$1" >&2
  exit 1
}
is_fit() {
  "$node" -e 'process.exit(parseInt(process.versions.node) >= ${leastNode} ? 0 : 1)'
}
node=$here/bin/node
if [ -x "$node" ]; then
  is_fit || fail "The Node that was sent along does not run on an executor's host: it is another system than the driver's. \\
Install Node ${leastNode} or newer there, and leave out --ship-node (spark.dstreams.ship.node)."
else
  node=$(command -v node) || fail "There is no node in an executor's PATH ($PATH). ${remedy}"
  is_fit || fail "An executor's $node is Node $("$node" --version), and dstreams needs ${leastNode} or newer. ${remedy}"
fi
DSTREAMS_MIRROR=$here/files exec "$node" "$here"/${quoted(entry)} "$@"
`;
}

/** A word that the shell takes as it is. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
