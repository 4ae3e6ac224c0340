/**
 * Where S3 is and who asks, by the settings that Hadoop's s3a has. A key may be set for one bucket: `fs.s3a.bucket.<name>.endpoint`.
 *
 *     fs.s3a.access.key, fs.s3a.secret.key, fs.s3a.session.token     without them, the AWS SDK's own chain (environment, files, roles)
 *     fs.s3a.endpoint, fs.s3a.endpoint.region                        default: AWS, the region of the environment, or us-east-1
 *     fs.s3a.path.style.access                                       default false
 *     fs.s3a.connection.ssl.enabled                                  for an endpoint without a scheme; default true
 *     fs.s3a.attempts.maximum                                        default 5
 */
import type * as awsS3 from "@aws-sdk/client-s3";
import { DStreamsError } from "../../base/errors.ts";
import { optional } from "../../base/optional.ts";
import type { HadoopConf } from "../hadoop-conf.ts";

/** The AWS SDK for S3, loaded with this module. */
export const sdk: typeof awsS3 = optional<typeof awsS3>("@aws-sdk/client-s3", "s3:// and s3a:// paths need it");

const clients = new WeakMap<HadoopConf, Map<string, awsS3.S3Client>>();

/** The client for a bucket; its connections are kept. */
export function clientFor(bucket: string, conf: HadoopConf): awsS3.S3Client {
  let known = clients.get(conf);
  if (known === undefined) clients.set(conf, (known = new Map()));
  let client = known.get(bucket);
  if (client === undefined) known.set(bucket, (client = makeClient(bucket, conf)));
  return client;
}

function makeClient(bucket: string, conf: HadoopConf): awsS3.S3Client {
  const key = (name: string): string => {
    const own = `fs.s3a.bucket.${bucket}.${name}`;
    return conf.get(own) === undefined ? `fs.s3a.${name}` : own;
  };
  const { AWS_REGION: region, AWS_DEFAULT_REGION: otherwise } = process.env;
  const endpoint = conf.get(key("endpoint"));
  const scheme = conf.boolean(key("connection.ssl.enabled"), true) ? "https" : "http";
  const credentials = credentialsOf(name => conf.get(key(name)));
  return new sdk.S3Client({
    region: conf.get(key("endpoint.region")) ?? region ?? otherwise ?? "us-east-1",
    followRegionRedirects: true,
    forcePathStyle: conf.boolean(key("path.style.access"), false),
    maxAttempts: conf.integer(key("attempts.maximum"), 5),
    // checksums that not every S3-compatible server knows
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint !== undefined && { endpoint: endpoint.includes("://") ? endpoint : `${scheme}://${endpoint}` }),
    ...(credentials && { credentials }),
  });
}

function credentialsOf(
  get: (name: string) => string | undefined,
): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined {
  const [accessKeyId, secretAccessKey] = [get("access.key"), get("secret.key")];
  const sessionToken = get("session.token");
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  throw new DStreamsError(
    "DSTREAMS_CONFIGURATION",
    "Only one of fs.s3a.access.key and fs.s3a.secret.key is set: set both, or neither, to take the AWS SDK's credentials",
  );
}
