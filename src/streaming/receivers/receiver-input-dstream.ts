import type { RDD } from "../../rdd/rdd.ts";
import { InputDStream } from "../input-dstream.ts";
import type { StreamingContext } from "../streaming-context.ts";
import type { Time } from "../time.ts";
import { readBlocks } from "./blocks.ts";
import type { Receiver } from "./receiver.ts";

/** What a receiver has stored until the batch was generated: a partition for each block, none when there is none. */
export class ReceiverInputDStream<T> extends InputDStream<T> {
  constructor(context: StreamingContext, operator: string, receiver: Receiver<T>) {
    super(context, operator, "ReceiverInputDStream");
    context.receivers.add(this.id, receiver as Receiver<unknown>);
  }

  override async compute(time: Time): Promise<RDD<T>> {
    const blocks = this.context.receivers.blocks.blocksOf(time, this.id);
    const numRecords = blocks.reduce((sum, block) => sum + block.numRecords, 0);
    this.context.inputInfos.report(time, { inputStreamId: this.id, numRecords, metadata: {} });
    return readBlocks<T>(this.context.sparkContext, this.site, blocks);
  }
}
