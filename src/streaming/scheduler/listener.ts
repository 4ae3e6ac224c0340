/**
 * What a program can be told of its stream: the events of StreamingListener and the classes they carry, as in Spark.
 */
import type { Time } from "../time.ts";

/** What one input stream gave to one batch. */
export interface StreamInputInfo {
  readonly inputStreamId: number;
  readonly numRecords: number;
  /** `Description` is for people; `files`, `offsets`, … depend on the source. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One output operation of one batch. Times in ms since the epoch. */
export interface OutputOperationInfo {
  readonly batchTime: Time;
  /** Position among the output operations of the program, from 0. */
  readonly id: number;
  /** `pprint at wordcount.ts:11`. */
  readonly name: string;
  /** The same with the user's stack. */
  readonly description: string;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  /** Stack of the error it failed with. */
  readonly failureReason: string | undefined;
  /** Milliseconds from start to end. */
  readonly duration: number | undefined;
}

/** One batch. Times in ms since the epoch, delays in ms, undefined as long as they are not known. */
export interface BatchInfo {
  readonly batchTime: Time;
  readonly streamIdToInputInfo: ReadonlyMap<number, StreamInputInfo>;
  readonly submissionTime: number;
  readonly processingStartTime: number | undefined;
  readonly processingEndTime: number | undefined;
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
  readonly streamId: number;
  /** `SocketReceiver-0`. */
  readonly name: string;
  readonly active: boolean;
  readonly location: string;
  readonly executorId: string;
  readonly lastErrorMessage: string;
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
  onStreamingStarted?(event: StreamingListenerStreamingStarted): unknown;
  onBatchSubmitted?(event: StreamingListenerBatchSubmitted): unknown;
  onBatchStarted?(event: StreamingListenerBatchStarted): unknown;
  onBatchCompleted?(event: StreamingListenerBatchCompleted): unknown;
  onOutputOperationStarted?(event: StreamingListenerOutputOperationStarted): unknown;
  onOutputOperationCompleted?(event: StreamingListenerOutputOperationCompleted): unknown;
  onReceiverStarted?(event: StreamingListenerReceiverStarted): unknown;
  onReceiverError?(event: StreamingListenerReceiverError): unknown;
  onReceiverStopped?(event: StreamingListenerReceiverStopped): unknown;
}

/** `time`: ms since the epoch. */
export interface StreamingListenerStreamingStarted {
  readonly time: number;
}
export interface StreamingListenerBatchSubmitted {
  readonly batchInfo: BatchInfo;
}
export interface StreamingListenerBatchStarted {
  readonly batchInfo: BatchInfo;
}
export interface StreamingListenerBatchCompleted {
  readonly batchInfo: BatchInfo;
}
export interface StreamingListenerOutputOperationStarted {
  readonly outputOperationInfo: OutputOperationInfo;
}
export interface StreamingListenerOutputOperationCompleted {
  readonly outputOperationInfo: OutputOperationInfo;
}
export interface StreamingListenerReceiverStarted {
  readonly receiverInfo: ReceiverInfo;
}
export interface StreamingListenerReceiverError {
  readonly receiverInfo: ReceiverInfo;
}
export interface StreamingListenerReceiverStopped {
  readonly receiverInfo: ReceiverInfo;
}

/** Which event each callback gets. */
export type ListenerEvents = {
  [Name in keyof StreamingListener]-?: Parameters<NonNullable<StreamingListener[Name]>>[0];
};
