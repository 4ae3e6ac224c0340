/**
 * What a program can be told of its stream: the events of StreamingListener and the classes they carry, as in Spark.
 */
import type { Time } from "../time.ts";

/** What one input stream gave to one batch. */
export interface StreamInputInfo {
  /** Unique in its context, from 0 in order of creation. */
  readonly inputStreamId: number;
  /** 0 for streams that do not count: of files, of queues. */
  readonly numRecords: number;
  /** `Description` is for people; `files`, `offsets`, … depend on the source. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One output operation of one batch. Times in ms since the epoch. */
export interface OutputOperationInfo {
  /** The batch it belongs to. */
  readonly batchTime: Time;
  /** Position among the output operations of the program, from 0. */
  readonly id: number;
  /** `pprint at wordcount.ts:11`. */
  readonly name: string;
  /** The same with the user's stack. */
  readonly description: string;
  /** Undefined until it has started. */
  readonly startTime: number | undefined;
  /** Undefined until it has ended. */
  readonly endTime: number | undefined;
  /** Stack of the error it failed with. */
  readonly failureReason: string | undefined;
  /** Milliseconds from start to end. */
  readonly duration: number | undefined;
}

/** One batch. Times in ms since the epoch, delays in ms, undefined as long as they are not known. */
export interface BatchInfo {
  /** Names the batch. */
  readonly batchTime: Time;
  /** What each input stream gave to it, by the stream's id. */
  readonly streamIdToInputInfo: ReadonlyMap<number, StreamInputInfo>;
  /** When it was queued. */
  readonly submissionTime: number;
  /** When the first output operation started. */
  readonly processingStartTime: number | undefined;
  /** When the last output operation ended. */
  readonly processingEndTime: number | undefined;
  /** By position among the output operations of the program. */
  readonly outputOperationInfos: ReadonlyMap<number, OutputOperationInfo>;
  /** From submission to the start of the first output operation. */
  readonly schedulingDelay: number | undefined;
  /** From the start of the first output operation to the end of the last. */
  readonly processingDelay: number | undefined;
  /** From submission to the end of the last output operation. */
  readonly totalDelay: number | undefined;
  /** Records of all input streams; file and queue streams do not count theirs and report 0. */
  readonly numRecords: number;
}

/** One receiver. */
export interface ReceiverInfo {
  /** Of the input stream it belongs to. */
  readonly streamId: number;
  /** `SocketReceiver-0`. */
  readonly name: string;
  /** True while it receives. */
  readonly active: boolean;
  /** The host it runs on; empty before it has started. */
  readonly location: string;
  /** `driver`; empty before it has started. */
  readonly executorId: string;
  /** Why it stopped or what it reported last; empty when there was nothing. */
  readonly lastErrorMessage: string;
  /** The stack of the error that came with it; empty when there was none. */
  readonly lastError: string;
  /** ms since the epoch; -1 when there was none. */
  readonly lastErrorTime: number;
}

/**
 * Implement what you want to hear of and hand it to `ssc.addStreamingListener`. Calls come asynchronously, one after the other, in
 * the order of the events; what a listener throws is logged and changes nothing, what it returns is ignored. Of one batch: submitted, started, then each
 * output operation started and completed, then completed.
 *
 * @example
 * ```ts no-run
 * import { StreamingContext } from "dstreams";
 * declare const ssc: StreamingContext;
 * ssc.addStreamingListener({
 *   onBatchCompleted: ({ batchInfo }) => console.log(batchInfo.batchTime.toString(), batchInfo.totalDelay),
 * });
 * ```
 */
export interface StreamingListener {
  /** The context has started. */
  onStreamingStarted?(event: StreamingListenerStreamingStarted): unknown;
  /** A batch has jobs, and waits for its turn. */
  onBatchSubmitted?(event: StreamingListenerBatchSubmitted): unknown;
  /** The first output operation of a batch is about to run. */
  onBatchStarted?(event: StreamingListenerBatchStarted): unknown;
  /** The last output operation of a batch has ended, well or not. */
  onBatchCompleted?(event: StreamingListenerBatchCompleted): unknown;
  /** An output operation is about to run. */
  onOutputOperationStarted?(event: StreamingListenerOutputOperationStarted): unknown;
  /** An output operation has ended; `failureReason` says whether well. */
  onOutputOperationCompleted?(event: StreamingListenerOutputOperationCompleted): unknown;
  /** A receiver has been started, or started again. */
  onReceiverStarted?(event: StreamingListenerReceiverStarted): unknown;
  /** A receiver reported an error and goes on. */
  onReceiverError?(event: StreamingListenerReceiverError): unknown;
  /** A receiver has been stopped; it may come back. */
  onReceiverStopped?(event: StreamingListenerReceiverStopped): unknown;
}

/** What `onStreamingStarted` is told. */
export interface StreamingListenerStreamingStarted {
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** What `onBatchSubmitted` is told. */
export interface StreamingListenerBatchSubmitted {
  /** The batch as it is now. */
  readonly batchInfo: BatchInfo;
}

/** What `onBatchStarted` is told. */
export interface StreamingListenerBatchStarted {
  /** The batch as it is now. */
  readonly batchInfo: BatchInfo;
}

/** What `onBatchCompleted` is told. */
export interface StreamingListenerBatchCompleted {
  /** The batch, all its times known. */
  readonly batchInfo: BatchInfo;
}

/** What `onOutputOperationStarted` is told. */
export interface StreamingListenerOutputOperationStarted {
  /** The operation as it is now. */
  readonly outputOperationInfo: OutputOperationInfo;
}

/** What `onOutputOperationCompleted` is told. */
export interface StreamingListenerOutputOperationCompleted {
  /** The operation, its end known. */
  readonly outputOperationInfo: OutputOperationInfo;
}

/** What `onReceiverStarted` is told. */
export interface StreamingListenerReceiverStarted {
  /** The receiver as it is now. */
  readonly receiverInfo: ReceiverInfo;
}

/** What `onReceiverError` is told. */
export interface StreamingListenerReceiverError {
  /** The receiver, with the error. */
  readonly receiverInfo: ReceiverInfo;
}

/** What `onReceiverStopped` is told. */
export interface StreamingListenerReceiverStopped {
  /** The receiver, with the reason. */
  readonly receiverInfo: ReceiverInfo;
}

/** Which event each callback gets. */
export type ListenerEvents = {
  [Name in keyof StreamingListener]-?: Parameters<NonNullable<StreamingListener[Name]>>[0];
};
