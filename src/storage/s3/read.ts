import type { S3Client } from "@aws-sdk/client-s3";
import type { HadoopConf } from "../hadoop-conf.ts";
import { Patience } from "../patience.ts";
import { sdk } from "./client.ts";
import { isBehindEnd, isPassing } from "./errors.ts";

/**
 * Bytes `[start, end)` of an object, as far as it goes. When the connection breaks, the read goes on at the byte where it stopped, of the
 * same version of the object or not at all.
 */
export async function* readRange(
  client: S3Client,
  conf: HadoopConf,
  target: { readonly Bucket: string; readonly Key: string },
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const patience = new Patience(conf);
  let version: string | undefined;
  for (let at = start; at < end; ) {
    try {
      const Range = `bytes=${at}-${end === Number.POSITIVE_INFINITY ? "" : end - 1}`;
      const same = version !== undefined && { IfMatch: version };
      const { Body, ETag } = await client.send(new sdk.GetObjectCommand({ ...target, Range, ...same }));
      version ??= ETag;
      for await (const chunk of Body as AsyncIterable<Uint8Array>) {
        at += chunk.length;
        patience.progress();
        yield chunk;
      }
      return;
    } catch (error) {
      if (isBehindEnd(error)) return;
      if (!isPassing(error)) throw error;
      await patience.pause(`s3://${target.Bucket}/${target.Key}`, error);
    }
  }
}
