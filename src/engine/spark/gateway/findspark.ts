import { findSpark } from "./find-spark.ts";

/**
 * Where Apache Spark is on this machine, as Python's `findspark` tells it. A program needs this only to name a Spark outright, or to
 * know early that there is one: with a cluster's master URL it is found without.
 *
 * @example
 * ```ts no-run
 * import { findspark, SparkConf, SparkContext } from "dstreams";
 *
 * findspark.init("/opt/spark-4.3.0");
 * const sc = new SparkContext(new SparkConf().setMaster("spark://host:7077").setAppName("counts"));
 * ```
 */
export const findspark = {
  /**
   * Chooses the Spark that this program uses: sets SPARK_HOME of this process to what `find` finds.
   *
   * @param path its home folder; default that of SPARK_HOME, or one that is found
   * @returns the home folder
   * @throws DSTREAMS_SPARK_NOT_FOUND, which says where it has looked and why it took nothing there
   */
  init(path?: string): string {
    const { home } = findSpark(path);
    process.env["SPARK_HOME"] = home;
    return home;
  },

  /**
   * The home folder of Spark: that of SPARK_HOME; else that of `spark-submit` on the PATH; else pip's `pyspark`; else one in a
   * well-known place such as /opt/spark. May run `python3`, once.
   *
   * @throws DSTREAMS_SPARK_NOT_FOUND, which says where it has looked and why it took nothing there
   */
  find(): string {
    return findSpark().home;
  },
};
