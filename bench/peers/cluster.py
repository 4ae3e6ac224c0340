# The same as programs/cluster.ts, on PySpark: cluster.py KIND MASTER [PATH]
import json, sys, time
from operator import add
from pyspark import SparkConf, SparkContext
from pyspark.streaming import StreamingContext, StreamingListener

kind, master = sys.argv[1:3]
path = sys.argv[3] if len(sys.argv) > 3 else ""
sc = SparkContext(conf=SparkConf().setMaster(master).setAppName("cluster").set("spark.ui.enabled", "false"))
sc.setLogLevel("ERROR")

def words():
    counts = sc.textFile(path, 2).flatMap(lambda line: line.split(" ")).map(lambda word: (word, 1)).reduceByKey(add, 2)
    return list(counts.values().map(lambda n: (1, n)).reduce(lambda a, b: (a[0] + b[0], a[1] + b[1])))

def lines():
    return sc.textFile(path, 2).map(lambda line: line).count()

def keys():
    return sc.range(0, 4000000, 1, 2).map(lambda i: (i % 1000000, 1)).reduceByKey(add, 2).count()

def repeated(job):
    seconds = []
    for _ in range(4):
        began = time.perf_counter()
        check = job()
        seconds.append(time.perf_counter() - began)
    return seconds[1:], check

def batches():
    ssc = StreamingContext(sc, 1)
    total = 40
    queue = [sc.parallelize(["to be or not", "to be"], 2) for _ in range(total)]
    seconds, check = [], [0]
    class Delays(StreamingListener):
        def onBatchCompleted(self, completed):
            seconds.append(completed.batchInfo().processingDelay() / 1000)
    def count(rdd): check[0] = rdd.count()
    ssc.queueStream(queue).flatMap(lambda line: line.split(" ")).map(lambda word: (word, 1)).reduceByKey(add, 2).foreachRDD(count)
    ssc.addStreamingListener(Delays())
    ssc.start()
    while len(seconds) < total: time.sleep(0.05)
    ssc.stop(False, False)
    return seconds[:total][-20:], check[0]

jobs = {"words": words, "lines": lines, "keys": keys}
seconds, check = repeated(jobs[kind]) if kind in jobs else batches()
sc.stop()
print(json.dumps({"seconds": seconds, "check": check}))
