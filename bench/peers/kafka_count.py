# The same on PySpark, which reads Kafka through its SQL source; all of it happens in the JVM.
import glob, json, resource, sys, time
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

brokers, topic, output, jars = sys.argv[1:5]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", ",".join(glob.glob(jars)))
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
records = (
    spark.read.format("kafka").option("kafka.bootstrap.servers", brokers).option("subscribe", topic)
    .option("startingOffsets", "earliest").option("endingOffsets", "latest").load()
)
counts = records.groupBy(col("key").cast("string").alias("key")).count()
seconds = []
for _ in range(3):
    start = time.perf_counter()
    (
        counts.select(col("key"), col("count").cast("string").alias("value"))
        .write.format("kafka").option("kafka.bootstrap.servers", brokers).option("topic", output).save()
    )
    seconds.append(time.perf_counter() - start)
total = counts.groupBy().sum("count").first()[0]
check = [counts.count(), total]
jvm = spark.sparkContext._gateway.proc.pid if spark.sparkContext._gateway.proc else 0
peak = next((int(line.split()[1]) for line in open(f"/proc/{jvm}/status") if line.startswith("VmHWM")), 0) if jvm else 0
print(json.dumps({"seconds": seconds[1:], "check": check, "rss": peak or resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}))
