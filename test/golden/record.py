"""Records what real PySpark answers, for golden.test.ts to compare with.

Run by hand when a case is added:  python record.py > golden.json   (PySpark 4.x and Java installed; takes half a minute)
A case is one Python expression over `sc` (local[4]); `golden.test.ts` holds the same expression in TypeScript under the same name.
Results whose order Spark leaves open are sorted on both sides. Tuples become arrays, None null.
"""
import json, os, shutil, sys, tempfile
from operator import add
from pyspark import SparkConf, SparkContext
import pyspark

sc = SparkContext(conf=SparkConf().setMaster("local[4]").setAppName("golden").set("spark.ui.enabled", "false"))
sc.setLogLevel("OFF")
here = tempfile.mkdtemp()
texts = {
    "a.txt": b"one two\nthree\r\nfour\rfive",
    "b.txt": b"",
    "c.txt": b"\n\nblank\n",
    "d.txt": "gr\u00fc\u00dfe \u4f60\u597d\n\xf0".encode("utf-8") + b"\xff bad\n",
    "_hidden.txt": b"no\n",
    ".dot.txt": b"no\n",
    "e.txt": b"".join(b"line %d\n" % i for i in range(1000)),
}
for name, content in texts.items():
    with open(os.path.join(here, name), "wb") as f:
        f.write(content)
words = "to be or not to be that is the question to be".split(" ")
pairs = [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5), ("a", 6)]
other = [("a", "x"), ("c", "y"), ("d", "z"), ("a", "w")]
nums = [5, 3, 8, 1, 9, 2, 7, 3]


def p(data, n=None):
    return sc.parallelize(data, n)


def saved(rdd):
    out = os.path.join(here, "out")
    shutil.rmtree(out, ignore_errors=True)
    rdd.saveAsTextFile(out)
    return {f: open(os.path.join(out, f)).read() for f in sorted(os.listdir(out)) if not f.endswith(".crc")}


def error(run):
    try:
        run()
        return "no error"
    except Exception as e:
        return str(e).split("\n")[0]


def st(s):
    return [s.count(), s.mean(), s.sum(), s.min(), s.max(), s.variance(), s.sampleVariance(), s.stdev(), s.sampleStdev()]


cases = {
    # slices and partition counts
    "parallelize slices": lambda: p(range(10), 4).glom().collect(),
    "parallelize default": lambda: p(range(3)).glom().collect(),
    "parallelize more slices than elements": lambda: p([1, 2], 5).glom().collect(),
    "parallelize empty": lambda: p([]).getNumPartitions(),
    "range": lambda: sc.range(5).collect(),
    "range step": lambda: sc.range(1, 10, 3, 2).glom().collect(),
    "range down": lambda: sc.range(10, 0, -3, 3).glom().collect(),
    "emptyRDD": lambda: [sc.emptyRDD().getNumPartitions(), sc.emptyRDD().collect()],
    "defaults": lambda: [sc.defaultParallelism, sc.defaultMinPartitions],
    "union glom": lambda: p([1, 2, 3], 2).union(p([4, 5], 1)).glom().collect(),
    "sc.union": lambda: sc.union([p([1], 1), p([2], 1), p([3], 2)]).glom().collect(),
    "partitions reduceByKey": lambda: p(pairs, 3).reduceByKey(add).getNumPartitions(),
    "partitions reduceByKey given": lambda: p(pairs, 3).reduceByKey(add, 7).getNumPartitions(),
    "partitions join": lambda: p(pairs, 3).join(p(other, 5)).getNumPartitions(),
    "partitions join partitioned": lambda: p(pairs, 3).partitionBy(2).join(p(other, 5)).getNumPartitions(),
    "partitions cogroup": lambda: p(pairs, 3).cogroup(p(other, 2)).getNumPartitions(),
    "partitions distinct": lambda: p(nums, 3).distinct().getNumPartitions(),
    "partitions groupBy": lambda: p(nums, 3).groupBy(lambda x: x % 2).getNumPartitions(),
    "partitions cartesian": lambda: p(nums, 3).cartesian(p(nums, 2)).getNumPartitions(),
    "partitions intersection": lambda: p(nums, 3).intersection(p(nums, 2)).getNumPartitions(),
    "partitions subtract": lambda: p(nums, 3).subtract(p(nums, 2)).getNumPartitions(),
    "partitions sortBy": lambda: p(nums, 3).sortBy(lambda x: x).getNumPartitions(),
    "partitions coalesce": lambda: [p(nums, 6).coalesce(n).getNumPartitions() for n in (1, 4, 10)],
    "partitions coalesce shuffle": lambda: p(nums, 2).coalesce(6, True).getNumPartitions(),
    "partitions repartition": lambda: p(nums, 2).repartition(5).getNumPartitions(),
    "partitions sortBy of two": lambda: p([2, 1], 4).sortBy(lambda x: x).getNumPartitions(),
    "partitions zipWithIndex": lambda: p(nums, 3).zipWithIndex().getNumPartitions(),
    "coalesce glom": lambda: [sorted(sum(g, [])) for g in [p(range(10), 5).coalesce(2).glom().collect()]],
    # element-wise
    "map": lambda: p(nums, 3).map(lambda x: x * 2).collect(),
    "flatMap": lambda: p([2, 3], 2).flatMap(lambda x: range(x)).collect(),
    "filter": lambda: p(nums, 3).filter(lambda x: x > 3).glom().collect(),
    "mapPartitions": lambda: p(nums, 3).mapPartitions(lambda it: [sum(it)]).collect(),
    "mapPartitionsWithIndex": lambda: p(nums, 3).mapPartitionsWithIndex(lambda i, it: [(i, list(it))]).collect(),
    "keyBy": lambda: p(words, 2).keyBy(len).collect(),
    "keys values": lambda: [p(pairs, 2).keys().collect(), p(pairs, 2).values().collect()],
    "mapValues": lambda: p(pairs, 2).mapValues(lambda v: v + 1).collect(),
    "flatMapValues": lambda: p([("a", [1, 2]), ("b", [])], 2).flatMapValues(lambda v: v).collect(),
    "zip": lambda: p([1, 2, 3], 2).zip(p(["a", "b", "c"], 2)).collect(),
    "zipWithIndex": lambda: p(words, 4).zipWithIndex().collect(),
    "zipWithUniqueId": lambda: p(words, 4).zipWithUniqueId().collect(),
    "cartesian": lambda: p([1, 2, 3], 2).cartesian(p([4, 5], 2)).collect(),
    "pipe": lambda: p(["b", "a", "c"], 1).pipe("sort").collect(),
    # shuffles
    "reduceByKey": lambda: sorted(p(pairs, 3).reduceByKey(add).collect()),
    "foldByKey": lambda: sorted(p(pairs, 3).foldByKey(0, add).collect()),
    "aggregateByKey": lambda: sorted(p(pairs, 3).aggregateByKey([], lambda a, v: a + [v], lambda a, b: a + b).mapValues(sorted).collect()),
    "combineByKey": lambda: sorted(p(pairs, 3).combineByKey(lambda v: [v], lambda a, v: a + [v], lambda a, b: a + b).mapValues(sorted).collect()),
    "groupByKey": lambda: sorted(p(pairs, 3).groupByKey().mapValues(sorted).collect()),
    "groupBy": lambda: sorted((k, sorted(v)) for k, v in p(nums, 3).groupBy(lambda x: x % 3).collect()),
    "distinct": lambda: sorted(p(nums, 3).distinct().collect()),
    "intersection": lambda: sorted(p(nums, 3).intersection(p([3, 9, 100, 3], 2)).collect()),
    "subtract": lambda: sorted(p(nums, 3).subtract(p([3, 9], 2)).collect()),
    "subtractByKey": lambda: sorted(p(pairs, 3).subtractByKey(p(other, 2)).collect()),
    "cogroup": lambda: sorted((k, [sorted(a), sorted(b)]) for k, (a, b) in p(pairs, 3).cogroup(p(other, 2)).collect()),
    "groupWith": lambda: sorted((k, [sorted(x) for x in v]) for k, v in p(pairs, 3).groupWith(p(other, 2), p(pairs, 2)).collect()),
    "join": lambda: sorted(p(pairs, 3).join(p(other, 2)).collect()),
    "leftOuterJoin": lambda: sorted(p(pairs, 3).leftOuterJoin(p(other, 2)).collect(), key=str),
    "rightOuterJoin": lambda: sorted(p(pairs, 3).rightOuterJoin(p(other, 2)).collect(), key=str),
    "fullOuterJoin": lambda: sorted(p(pairs, 3).fullOuterJoin(p(other, 2)).collect(), key=str),
    "sortBy": lambda: p(nums, 3).sortBy(lambda x: x).collect(),
    "sortBy descending": lambda: p(nums, 3).sortBy(lambda x: x, False).collect(),
    "sortByKey": lambda: p(pairs, 3).sortByKey().collect(),
    "sortByKey keyfunc": lambda: p([("b", 1), ("A", 2), ("C", 3)], 2).sortByKey(True, 2, lambda k: k.lower()).collect(),
    "repartitionAndSortWithinPartitions": lambda: p([(0, 5), (3, 8), (2, 6), (0, 8), (3, 8), (1, 3)], 2).repartitionAndSortWithinPartitions(2, lambda x: x % 2, True).glom().collect(),
    "partitionBy custom": lambda: p([(i, i) for i in range(6)], 2).partitionBy(3, lambda k: k + 1).map(lambda kv: kv[0]).glom().collect(),
    # actions
    "count": lambda: p(nums, 3).count(),
    "countByKey": lambda: sorted(p(pairs, 3).countByKey().items()),
    "countByValue": lambda: sorted(p(words, 3).countByValue().items()),
    "collectAsMap": lambda: sorted(p(pairs, 3).collectAsMap().items()),
    "first": lambda: p(nums, 3).first(),
    "take": lambda: [p(nums, 3).take(n) for n in (0, 1, 4, 100)],
    "takeOrdered": lambda: p(nums, 3).takeOrdered(3),
    "takeOrdered key": lambda: p(nums, 3).takeOrdered(3, lambda x: -x),
    "top": lambda: p(nums, 3).top(3),
    "top key": lambda: p(words, 3).top(2, len),
    "reduce": lambda: p(nums, 3).reduce(add),
    "treeReduce": lambda: p(nums, 8).treeReduce(add, 3),
    "fold": lambda: p(nums, 3).fold(10, add),
    "aggregate": lambda: p(nums, 3).aggregate([0, 1], lambda a, x: [a[0] + x, a[1] + 1], lambda a, b: [a[0] + b[0], a[1] + b[1]]),
    "treeAggregate": lambda: p(nums, 8).treeAggregate(0, add, add, 3),
    "lookup": lambda: [p(pairs, 3).lookup("a"), p(pairs, 3).lookup("zz")],
    "max min": lambda: [p(nums, 3).max(), p(nums, 3).min(), p(words, 3).max(len), p(words, 3).min()],
    "sum mean": lambda: [p(nums, 3).sum(), p(nums, 3).mean()],
    "sum empty": lambda: p([], 3).sum(),
    "stats": lambda: st(p(nums, 3).stats()),
    "variances": lambda: [p(nums, 3).variance(), p(nums, 3).stdev(), p(nums, 3).sampleVariance(), p(nums, 3).sampleStdev()],
    "histogram count": lambda: p(nums, 3).histogram(4),
    "histogram buckets": lambda: p(nums, 3).histogram([0, 4, 8]),
    "isEmpty": lambda: [p([], 3).isEmpty(), p([1]).isEmpty()],
    "reduceByKeyLocally": lambda: sorted(p(pairs, 3).reduceByKeyLocally(add).items()),
    "toLocalIterator": lambda: list(p(nums, 3).toLocalIterator()),
    # text
    "textFile a": lambda: sc.textFile(here + "/a.txt").collect(),
    "textFile blank": lambda: sc.textFile(here + "/c.txt").collect(),
    "textFile empty": lambda: [sc.textFile(here + "/b.txt").collect(), sc.textFile(here + "/b.txt").getNumPartitions()],
    "textFile invalid": lambda: sc.textFile(here + "/d.txt").collect(),
    "textFile directory": lambda: sorted(sc.textFile(here).filter(lambda l: not l.startswith("line")).collect()),
    "textFile glob": lambda: sorted(sc.textFile(here + "/[ac].t?t").collect()),
    "textFile list": lambda: sc.textFile(here + "/a.txt," + here + "/c.txt").collect(),
    "textFile splits": lambda: [len(g) for g in sc.textFile(here + "/e.txt", 3).glom().collect()],
    "textFile splits many": lambda: [len(g) for g in sc.textFile(here + "/e.txt", 10).glom().collect()],
    "textFile partitions": lambda: sc.textFile(here + "/e.txt").getNumPartitions(),
    "wholeTextFiles": lambda: sorted((k.split("/")[-1], v) for k, v in sc.wholeTextFiles(here + "/[ac].txt").collect()),
    "saveAsTextFile": lambda: saved(p(["x", "y", "z"], 2)),
    "saveAsTextFile empty partition": lambda: saved(p(["x"], 2)),
    "saveAsTextFile pairs": lambda: saved(p([("a", 1), ("it's", 2), ('q"', 3)], 1)),
    # errors
    "error reduce empty": lambda: error(lambda: p([], 2).reduce(add)),
    "error first empty": lambda: error(lambda: p([], 2).first()),
    "error zip partitions": lambda: error(lambda: p([1, 2], 2).zip(p([1, 2], 1)).collect()),
    "error max empty": lambda: error(lambda: p([], 2).max()),
    "stats toString": lambda: str(p(nums, 3).stats()),
    "storage levels": lambda: [str(getattr(pyspark.StorageLevel, n)) for n in ("DISK_ONLY", "MEMORY_AND_DISK_2", "OFF_HEAP", "NONE")],
}
results = {}
for name, run in cases.items():
    sys.stderr.write(name + "\n")
    results[name] = run()
sc.stop()
json.dump({"spark": pyspark.__version__, "results": results}, sys.stdout, indent=1, sort_keys=False)
print()
