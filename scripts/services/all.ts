/** The services by name; a new one gets a line here. */
import { hdfs } from "./hdfs.ts";
import { kafka } from "./kafka.ts";
import { kafkaZooKeeper } from "./kafka-zookeeper.ts";
import type { Service } from "./service.ts";

export const services: readonly Service[] = [hdfs, kafka, kafkaZooKeeper];
