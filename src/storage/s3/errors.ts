import { DStreamsError } from "../../base/errors.ts";
import { errnoOf, notFound } from "../errors.ts";

/** What S3's errors mean to the person who reads them, by their names. */
const meanings: Readonly<Record<string, string>> = {
  AccessDenied: "permission denied; check the bucket's policy and whose credentials are used",
  Forbidden: "permission denied; check the bucket's policy and whose credentials are used",
  InvalidAccessKeyId: "the access key is not known there; check fs.s3a.access.key, or the AWS SDK's credentials",
  SignatureDoesNotMatch: "the secret key is wrong; check fs.s3a.secret.key, or the AWS SDK's credentials",
  CredentialsProviderError:
    "there are no credentials; set fs.s3a.access.key and fs.s3a.secret.key, or what the AWS SDK looks for (AWS_ACCESS_KEY_ID, …)",
  PermanentRedirect: "the bucket is in another region; set fs.s3a.endpoint.region",
  PreconditionFailed: "it was replaced while it was read; write new objects instead of replacing those that are read",
  EntityTooLarge: "it is larger than S3 takes in one request",
};

/** True when S3 says that there is no such object. */
export function isMissing(error: unknown): boolean {
  return nameOf(error) === "NoSuchKey" || nameOf(error) === "NotFound";
}

/** True for a range behind the end. */
export function isBehindEnd(error: unknown): boolean {
  return nameOf(error) === "InvalidRange" || statusOf(error) === 416;
}

/** True when the same request may succeed in a moment: the server could not be reached, or failed. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined ? errnoOf(error) !== undefined || nameOf(error) === "TimeoutError" : status >= 500;
}

/** `Cannot read s3://bucket/x: permission denied …`. */
export function s3Error(action: string, uri: string, cause: unknown): DStreamsError {
  if (cause instanceof DStreamsError) return cause;
  if (isMissing(cause)) return notFound(action, uri, cause);
  const name = nameOf(cause);
  if (name === "NoSuchBucket") {
    return new DStreamsError("DSTREAMS_PATH_NOT_FOUND", `Cannot ${action} ${uri}: the bucket does not exist`, {
      cause,
    });
  }
  const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
  const said = errnoOf(cause) ?? (cause instanceof Error && cause.message !== name ? cause.message : "");
  const reason = [meaning, said && `${meaning ? "(" : ""}${name}: ${said}${meaning ? ")" : ""}`]
    .filter(Boolean)
    .join(" ");
  return new DStreamsError("DSTREAMS_STORAGE", `Cannot ${action} ${uri}: ${reason || name}`, { cause });
}

function nameOf(error: unknown): string {
  if (statusOf(error) === 403 && error instanceof Error && !Object.hasOwn(meanings, error.name)) return "Forbidden";
  return error instanceof Error ? error.name : "";
}

/** Of the server's answer; undefined when there was none. */
function statusOf(error: unknown): number | undefined {
  const { $metadata: metadata } = Object(error) as { $metadata?: { httpStatusCode?: number } };
  return metadata?.httpStatusCode;
}
