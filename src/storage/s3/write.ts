/**
 * A new object. S3 shows it when it is complete, and not before: what fits into one part is put in one request, what is larger by a
 * multipart upload, part by part as it is written.
 */
import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";
import type { HadoopConf } from "../hadoop-conf.ts";
import type { FileWriter } from "../storage.ts";
import { sdk } from "./client.ts";
import { s3Error } from "./errors.ts";

/** S3 takes no smaller parts, but for the last. */
const leastPart = 5 * 1024 * 1024;
const usualPart = 16 * 1024 * 1024;

export class S3Writer implements FileWriter {
  readonly #client: S3Client;
  readonly #target: { readonly Bucket: string; readonly Key: string };
  readonly #uri: string;
  readonly #partSize: number;
  #held: Uint8Array[] = [];
  #heldSize = 0;
  #uploadId: string | undefined;
  readonly #parts: CompletedPart[] = [];

  constructor(client: S3Client, bucket: string, key: string, uri: string, conf: HadoopConf) {
    this.#client = client;
    this.#target = { Bucket: bucket, Key: key };
    this.#uri = uri;
    this.#partSize = Math.max(leastPart, conf.size("fs.s3a.multipart.size", usualPart));
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#orDiscard(async () => {
      this.#held.push(Uint8Array.from(bytes));
      this.#heldSize += bytes.length;
      if (this.#heldSize >= this.#partSize) await this.#sendPart();
    });
  }

  close(): Promise<void> {
    return this.#orDiscard(async () => {
      if (this.#uploadId === undefined) {
        await this.#client.send(new sdk.PutObjectCommand({ ...this.#target, Body: this.#taken() }));
        return;
      }
      if (this.#heldSize > 0) await this.#sendPart();
      const complete = { UploadId: this.#uploadId, MultipartUpload: { Parts: this.#parts } };
      await this.#client.send(new sdk.CompleteMultipartUploadCommand({ ...this.#target, ...complete }));
      this.#uploadId = undefined;
    });
  }

  async discard(): Promise<void> {
    this.#taken();
    if (this.#uploadId === undefined) return;
    await this.#client.send(new sdk.AbortMultipartUploadCommand({ ...this.#target, UploadId: this.#uploadId }));
    this.#uploadId = undefined;
  }

  async #sendPart(): Promise<void> {
    if (this.#uploadId === undefined) {
      const begun = await this.#client.send(new sdk.CreateMultipartUploadCommand(this.#target));
      this.#uploadId = begun.UploadId;
    }
    const PartNumber = this.#parts.length + 1;
    const part = { UploadId: this.#uploadId, PartNumber, Body: this.#taken() };
    const { ETag } = await this.#client.send(new sdk.UploadPartCommand({ ...this.#target, ...part }));
    this.#parts.push({ PartNumber, ETag });
  }

  #taken(): Buffer {
    const bytes = Buffer.concat(this.#held, this.#heldSize);
    this.#held = [];
    this.#heldSize = 0;
    return bytes;
  }

  async #orDiscard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await this.discard().catch(() => undefined);
      throw s3Error("write", this.#uri, error);
    }
  }
}
