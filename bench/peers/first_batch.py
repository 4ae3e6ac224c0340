# The same on PySpark.
import sys
from operator import add
from pyspark import SparkContext
from pyspark.streaming import StreamingContext

sc = SparkContext("local[2]", "first batch")
sc.setLogLevel("OFF")
ssc = StreamingContext(sc, 0.1)
ssc.textFileStream(sys.argv[1]).flatMap(lambda l: l.split(" ")).map(lambda w: (w, 1)).reduceByKey(add).pprint()
ssc.start()
ssc.awaitTermination()
