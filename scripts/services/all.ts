/** The services by name; a new one gets a line here. */
import { hdfs } from "./hdfs.ts";
import { kafka } from "./kafka.ts";
import { kafkaZooKeeper } from "./kafka-zookeeper.ts";
import { s3 } from "./s3.ts";
import { spark } from "./spark.ts";
import type { Service } from "./service.ts";
import { yarn } from "./yarn.ts";

export const services: readonly Service[] = [hdfs, s3, kafka, kafkaZooKeeper, spark, yarn];
