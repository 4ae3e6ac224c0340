/** The script by which a host of the cluster starts a program of this package that was shipped to it. */

/** The oldest Node that runs this package. */
export const leastNode = 24;

/**
 * It takes the Node of the archive, else that of the host's PATH; what it prints when neither will do, Spark hands on: an executor to
 * the driver, an application's JVM to its log. Of the shell it needs nothing but what is built in, since that PATH may be an odd one.
 *
 * @param entry the program, relative to the archive's root
 */
export function launcherScript(entry: string): string {
  const remedy = `Install Node ${leastNode} or newer there, or send this one along with --ship-node (spark.dstreams.ship.node=true).`;
  return `#!/bin/sh
# Started by Spark, in the folder that the archive was unpacked into.
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
  is_fit || fail "The Node that was sent along does not run on a host of the cluster: it is another system than the one it comes from. \\
Install Node ${leastNode} or newer there, and leave out --ship-node (spark.dstreams.ship.node)."
else
  node=$(command -v node) || fail "There is no node in the PATH of a host of the cluster ($PATH). ${remedy}"
  is_fit || fail "$node of a host of the cluster is Node $("$node" --version), and dstreams needs ${leastNode} or newer. ${remedy}"
fi
DSTREAMS_MIRROR=$here/files exec "$node" "$here"/${quoted(entry)} "$@"
`;
}

/** A word that the shell takes as it is. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
