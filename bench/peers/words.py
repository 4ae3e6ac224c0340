# The same word count on PySpark.
import json, sys, time
from operator import add
from pyspark import SparkConf, SparkContext

path, master, repetitions = sys.argv[1], sys.argv[2], int(sys.argv[3])
sc = SparkContext(conf=SparkConf().setMaster(master).setAppName("words"))
sc.setLogLevel("ERROR")
seconds = []
for _ in range(repetitions):
    start = time.perf_counter()
    counts = sc.textFile(path).flatMap(lambda line: line.split(" ")).map(lambda word: (word, 1)).reduceByKey(add)
    check = counts.values().aggregate(
        (0, 0, 0), lambda a, c: (a[0] + 1, a[1] + c, max(a[2], c)), lambda a, b: (a[0] + b[0], a[1] + b[1], max(a[2], b[2]))
    )
    seconds.append(time.perf_counter() - start)
sc.stop()
print(json.dumps({"seconds": seconds[1:] or seconds, "check": list(check)}))
