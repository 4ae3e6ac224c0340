/** The address at which Spark's driver JVM and this process meet: never another than this machine's own. */
export function loopback(): string {
  return process.env["SPARK_PREFER_IPV6"]?.toLowerCase() === "true" ? "::1" : "127.0.0.1";
}
