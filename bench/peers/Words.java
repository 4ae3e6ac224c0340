// The same word count on Spark's Java API.
import java.util.Arrays;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

public class Words {
  public static void main(String[] args) {
    int repetitions = Integer.parseInt(args[2]);
    JavaSparkContext sc = new JavaSparkContext(new SparkConf().setMaster(args[1]).setAppName("words"));
    sc.setLogLevel("ERROR");
    StringBuilder seconds = new StringBuilder();
    long[] check = null;
    for (int i = 0; i < repetitions; i++) {
      long start = System.nanoTime();
      JavaPairRDD<String, Long> counts =
          sc.textFile(args[0])
              .flatMap(line -> Arrays.asList(line.split(" ", -1)).iterator())
              .mapToPair(word -> new Tuple2<>(word, 1L))
              .reduceByKey(Long::sum);
      check =
          counts
              .values()
              .aggregate(
                  new long[3],
                  (a, c) -> new long[] {a[0] + 1, a[1] + c, Math.max(a[2], c)},
                  (a, b) -> new long[] {a[0] + b[0], a[1] + b[1], Math.max(a[2], b[2])});
      if (i > 0 || repetitions == 1) seconds.append(seconds.length() > 0 ? "," : "").append((System.nanoTime() - start) / 1e9);
    }
    sc.stop();
    System.out.println("{\"seconds\":[" + seconds + "],\"check\":" + Arrays.toString(check).replace(" ", "") + "}");
  }
}
