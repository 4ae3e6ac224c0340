/** A warning of the command itself, as Spark's launcher writes them. */
export function warn(message: string): void {
  console.error(`Warning: ${message}`);
}
