# The same as programs/spanning.ts, on PySpark: python spanning.py KIND LENGTH DISTINCT PER_BATCH MEASURED SECONDS
import json, shutil, sys, tempfile, time
from pyspark import SparkConf, SparkContext
from pyspark.streaming import StreamingContext, StreamingListener

kind = sys.argv[1]
length, distinct, per_batch, measured = (int(a) for a in sys.argv[2:6])
pane = float(sys.argv[6])
partitions = 10
conf = SparkConf().setMaster("local[2]").setAppName("spanning").set("spark.ui.enabled", "false").set("spark.driver.memory", "4g")
sc = SparkContext(conf=conf)
sc.setLogLevel("ERROR")
ssc = StreamingContext(sc, pane)
scratch = tempfile.mkdtemp()
ssc.checkpoint(scratch)

def words(which):
    batch, part = which
    if batch == 0:
        for i in range(part, length, 2): yield ("word %d" % i, 1)
    else:
        start = (batch - 1) * per_batch * 7919
        for i in range(part, per_batch, 2): yield ("word %d" % ((start + i * 7919) % distinct), 1)

is_window = kind in ("window", "inverse")
batches = (length if is_window else 12) + measured
first = 1 if is_window else 0
queue = [sc.parallelize([(first + b, 0), (first + b, 1)], 2) for b in range(batches)]
pairs = ssc.queueStream(queue).flatMap(words)
add = lambda a, b: a + b
if kind == "window": result = pairs.reduceByKeyAndWindow(add, None, length * pane, pane, partitions)
elif kind == "inverse": result = pairs.reduceByKeyAndWindow(add, lambda a, b: a - b, length * pane, pane, partitions)
else: result = pairs.updateStateByKey(lambda values, total: sum(values) + (total or 0), partitions)

seconds = []
class Delays(StreamingListener):
    def onBatchCompleted(self, completed):
        seconds.append(completed.batchInfo().processingDelay() / 1000)

check = [0]
def count(rdd): check[0] = rdd.count()
result.foreachRDD(count)
ssc.addStreamingListener(Delays())
ssc.start()
while len(seconds) < batches: time.sleep(0.05)
ssc.stop(True, False)
shutil.rmtree(scratch, ignore_errors=True)
last = seconds[:batches][-measured:]
print(json.dumps({"seconds": last, "check": check[0], "mean": sum(last) / len(last)}))
