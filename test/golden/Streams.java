// What real Spark answers to operations that span batches, one case a line: name, tab, what came out as JSON: [[second, [records, sorted as text]], …].
// Batches of a second, on Spark's own manual clock. How streams.tsv was recorded (SPARK: PySpark's folder; Java 17 wants --add-opens for java.base):
//
//   javac -cp "$SPARK/jars/*" -d classes Streams.java && java --add-opens … -cp "classes:$SPARK/jars/*" Streams > streams.tsv
import java.nio.file.Files;
import java.util.*;
import java.util.stream.*;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.*;
import org.apache.spark.api.java.function.*;
import org.apache.spark.streaming.*;
import org.apache.spark.streaming.api.java.*;
import org.apache.spark.util.ManualClock;
import scala.Tuple2;

public class Streams {
  static final String[][] WORDS = {{"a", "b", "a"}, {"b"}, {}, {"c", "a"}, {}, {"a"}, {}, {}, {"b", "c"}, {}, {}, {}, {"a"}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};

  interface Case { JavaDStream<?> apply(JavaStreamingContext ssc, JavaDStream<String> words, JavaPairDStream<String, Integer> pairs); }

  static String text(Object value) {
    if (value instanceof Tuple2) { Tuple2<?, ?> t = (Tuple2<?, ?>) value; return "[" + text(t._1) + "," + text(t._2) + "]"; }
    if (value instanceof Iterable) { List<String> all = new ArrayList<>(); for (Object each : (Iterable<?>) value) all.add(text(each)); return "[" + String.join(",", all) + "]"; }
    if (value instanceof String) return "\"" + value + "\"";
    return String.valueOf(value);
  }

  static void run(JavaSparkContext sc, String name, Case operation) throws Exception {
    JavaStreamingContext ssc = new JavaStreamingContext(sc, Durations.seconds(1));
    ssc.checkpoint(Files.createTempDirectory("golden").toString());
    Queue<JavaRDD<String>> queue = new LinkedList<>();
    for (String[] batch : WORDS) queue.add(sc.parallelize(Arrays.asList(batch), 2));
    JavaDStream<String> words = ssc.queueStream(queue);
    JavaPairDStream<String, Integer> pairs = words.mapToPair(word -> new Tuple2<>(word, 1));
    List<String> output = Collections.synchronizedList(new ArrayList<>());
    operation.apply(ssc, words, pairs).foreachRDD((rdd, time) -> {
      List<String> records = rdd.collect().stream().map(Streams::text).sorted().collect(Collectors.toList());
      output.add("[" + time.milliseconds() / 1000 + ",[" + String.join(",", records) + "]]");
    });
    int[] done = {0};
    words.foreachRDD(rdd -> { synchronized (done) { done[0]++; done.notifyAll(); } });
    ssc.start();
    ManualClock clock = (ManualClock) ssc.ssc().scheduler().clock();
    for (int i = 1; i <= WORDS.length; i++) {
      clock.advance(1000);
      synchronized (done) { while (done[0] < i) done.wait(60000); }
    }
    ssc.stop(false, false);
    System.out.println(name + "\t[" + String.join(",", output) + "]");
  }

  static final Function2<Integer, Integer, Integer> ADD = (a, b) -> a + b;
  static final Function2<Integer, Integer, Integer> SUBTRACT = (a, b) -> a - b;
  static final Function3<String, org.apache.spark.api.java.Optional<Integer>, State<Integer>, Tuple2<String, Integer>> COUNT = (word, one, state) -> {
    int total = (state.exists() ? state.get() : 0) + one.orElse(0);
    if (state.isTimingOut()) return new Tuple2<>(word, -total);
    state.update(total);
    return new Tuple2<>(word, total);
  };
  static final Function4<Time, String, org.apache.spark.api.java.Optional<Integer>, State<Integer>, org.apache.spark.api.java.Optional<String>> SECOND = (time, word, one, state) -> {
    if (!state.exists()) { state.update(1); return org.apache.spark.api.java.Optional.empty(); }
    if (state.get() == 2) { state.remove(); return org.apache.spark.api.java.Optional.of(word + " gone at " + time.milliseconds() / 1000); }
    state.update(state.get() + 1);
    return org.apache.spark.api.java.Optional.of(word + " " + state.get());
  };

  public static void main(String[] args) throws Exception {
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("golden").set("spark.streaming.clock", "org.apache.spark.util.ManualClock").set("spark.ui.enabled", "false");
    JavaSparkContext sc = new JavaSparkContext(conf);
    sc.setLogLevel("ERROR");
    System.out.println("Spark\t" + text(sc.version()));
    Duration s1 = Durations.seconds(1), s2 = Durations.seconds(2), s3 = Durations.seconds(3), s4 = Durations.seconds(4), s6 = Durations.seconds(6);
    List<Tuple2<String, Integer>> first = Arrays.asList(new Tuple2<>("a", 10), new Tuple2<>("z", 5));
    run(sc, "window 3", (ssc, w, p) -> w.window(s3));
    run(sc, "window 4 by 2", (ssc, w, p) -> w.window(s4, s2));
    run(sc, "window 2 by 4", (ssc, w, p) -> w.window(s2, s4));
    run(sc, "window of window", (ssc, w, p) -> w.window(s2, s2).window(s4, s4));
    run(sc, "reduceByWindow", (ssc, w, p) -> w.map(x -> 1).reduceByWindow(ADD, s3, s1));
    run(sc, "reduceByWindow inverse", (ssc, w, p) -> w.map(x -> 1).reduceByWindow(ADD, SUBTRACT, s3, s2));
    run(sc, "countByWindow", (ssc, w, p) -> w.countByWindow(s3, s1));
    run(sc, "countByWindow by 2", (ssc, w, p) -> w.countByWindow(s4, s2));
    run(sc, "countByValueAndWindow", (ssc, w, p) -> w.countByValueAndWindow(s3, s1).map(x -> x));
    run(sc, "groupByKeyAndWindow", (ssc, w, p) -> p.groupByKeyAndWindow(s3, s2).map(x -> x));
    run(sc, "reduceByKeyAndWindow", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, s3, s1).map(x -> x));
    run(sc, "reduceByKeyAndWindow by 2", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, s4, s2).map(x -> x));
    run(sc, "reduceByKeyAndWindow tumbling", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, s3, s3).map(x -> x));
    run(sc, "reduceByKeyAndWindow 2 by 4", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, s2, s4).map(x -> x));
    run(sc, "reduceByKeyAndWindow inverse", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, SUBTRACT, s3, s1).map(x -> x));
    run(sc, "reduceByKeyAndWindow inverse by 2", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, SUBTRACT, s6, s2).map(x -> x));
    run(sc, "reduceByKeyAndWindow inverse 2 by 4", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, SUBTRACT, s2, s4).map(x -> x));
    run(sc, "reduceByKeyAndWindow inverse filter", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, SUBTRACT, s3, s1, 2, pair -> pair._2 > 0).map(x -> x));
    run(sc, "reduceByKeyAndWindow of reduceByKeyAndWindow", (ssc, w, p) -> p.reduceByKeyAndWindow(ADD, s2, s2).reduceByKeyAndWindow(ADD, s4, s4).map(x -> x));
    Function2<List<Integer>, org.apache.spark.api.java.Optional<Integer>, org.apache.spark.api.java.Optional<Integer>> total = (values, state) -> {
      int sum = state.orElse(0);
      for (int value : values) sum += value;
      return org.apache.spark.api.java.Optional.of(sum);
    };
    Function2<List<Integer>, org.apache.spark.api.java.Optional<Integer>, org.apache.spark.api.java.Optional<Integer>> ageing = (values, state) -> {
      if (values.isEmpty() && state.orElse(0) >= 3) return org.apache.spark.api.java.Optional.empty();
      return org.apache.spark.api.java.Optional.of(values.isEmpty() ? state.orElse(0) + 1 : 0);
    };
    run(sc, "updateStateByKey", (ssc, w, p) -> p.updateStateByKey(total).map(x -> x));
    run(sc, "updateStateByKey idle keys are removed", (ssc, w, p) -> p.updateStateByKey(ageing).map(x -> x));
    run(sc, "updateStateByKey initialRDD", (ssc, w, p) -> p.updateStateByKey(total, new org.apache.spark.HashPartitioner(2), sc.parallelizePairs(first)).map(x -> x));
    run(sc, "window of updateStateByKey", (ssc, w, p) -> p.updateStateByKey(total).map(x -> x).window(s4, s2));
    run(sc, "mapWithState", (ssc, w, p) -> p.mapWithState(StateSpec.function(COUNT)));
    run(sc, "mapWithState snapshots", (ssc, w, p) -> p.mapWithState(StateSpec.function(COUNT)).stateSnapshots().map(x -> x));
    run(sc, "mapWithState initialState", (ssc, w, p) -> p.mapWithState(StateSpec.function(COUNT).initialState(sc.parallelizePairs(first))).stateSnapshots().map(x -> x));
    run(sc, "mapWithState timeout", (ssc, w, p) -> p.mapWithState(StateSpec.function(COUNT).timeout(s3)));
    run(sc, "mapWithState timeout snapshots", (ssc, w, p) -> p.mapWithState(StateSpec.function(COUNT).timeout(s3)).stateSnapshots().map(x -> x));
    run(sc, "mapWithState timeout checkpoint 2", (ssc, w, p) -> { JavaMapWithStateDStream<String, Integer, Integer, Tuple2<String, Integer>> m = p.mapWithState(StateSpec.function(COUNT).initialState(sc.parallelizePairs(first)).timeout(s3)); m.checkpoint(s2); return m; });
    run(sc, "mapWithState four parameters", (ssc, w, p) -> p.mapWithState(StateSpec.function(SECOND)));
    sc.stop();
  }
}
