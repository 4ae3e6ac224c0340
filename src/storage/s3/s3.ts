/**
 * S3 and what speaks its protocol: `s3://bucket/key`, `s3a://bucket/key`.
 *
 * Objects are files. Directories are what keys have before a slash; an empty object whose key ends in a slash makes one that nothing is in
 * yet, as Hadoop's s3a does it. There is no rename in S3: an object is copied, by S3 itself, and the old one removed; so a rename
 * of many files can be seen half done, and gives them new modification times.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { DStreamsError } from "../../base/errors.ts";
import { notFound } from "../errors.ts";
import { type HadoopConf, hadoopConf } from "../hadoop-conf.ts";
import type { FileStatus, FileWriter, Storage } from "../storage.ts";
import { clientFor, sdk } from "./client.ts";
import { isMissing, s3Error } from "./errors.ts";
import { readRange } from "./read.ts";
import { S3Writer } from "./write.ts";

export const s3Storage: Storage = { list, status, read, create, mkdirs, rename, remove, qualify };

/** So many objects are copied at a time, and removed by one request. */
const copiesAtATime = 8;
const removedAtOnce = 1000;

async function list(directory: string): Promise<FileStatus[]> {
  const place = at(directory);
  const prefix = prefixOf(place);
  const found: FileStatus[] = [];
  let isThere = place.key === "";
  try {
    for await (const page of sdk.paginateListObjectsV2(
      { client: place.client },
      { Bucket: place.bucket, Prefix: prefix, Delimiter: "/" },
    )) {
      for (const { Key = "", Size = 0, LastModified } of page.Contents ?? []) {
        if (Key === prefix) isThere = true;
        else found.push(fileStatus(place, Key, Size, LastModified));
      }
      for (const { Prefix = "" } of page.CommonPrefixes ?? []) found.push(directoryStatus(place, Prefix.slice(0, -1)));
    }
  } catch (error) {
    throw s3Error("list", place.uri, error);
  }
  if (found.length === 0 && !isThere) {
    if (!(await status(directory))) throw notFound("list", place.uri);
    throw new DStreamsError("DSTREAMS_STORAGE", `Cannot list ${place.uri}: it is a file, not a directory`);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function status(path: string): Promise<FileStatus | undefined> {
  const place = at(path);
  const { client, bucket, key } = place;
  try {
    if (key !== "") {
      try {
        const head = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
        return fileStatus(place, key, head.ContentLength ?? 0, head.LastModified);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    const below = { Bucket: bucket, Prefix: prefixOf(place), MaxKeys: 1 };
    const { KeyCount = 0 } = await client.send(new sdk.ListObjectsV2Command(below));
    return KeyCount > 0 || key === "" ? directoryStatus(place, key) : undefined;
  } catch (error) {
    if ((error as Error).name === "NoSuchBucket") return undefined;
    throw s3Error("look at", place.uri, error);
  }
}

async function* read(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const { client, bucket, key, uri, conf } = at(path);
  try {
    yield* readRange(client, conf, { Bucket: bucket, Key: key }, start, end);
  } catch (error) {
    throw s3Error("read", uri, error);
  }
}

async function create(path: string): Promise<FileWriter> {
  const { client, bucket, key, uri, conf } = at(path);
  return new S3Writer(client, bucket, key, uri, conf);
}

async function mkdirs(path: string): Promise<void> {
  const place = at(path);
  const { client, bucket, uri } = place;
  if (place.key === "") return;
  try {
    await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: prefixOf(place), Body: "" }));
  } catch (error) {
    throw s3Error("make directory", uri, error);
  }
}

async function rename(from: string, to: string): Promise<void> {
  const [source, target] = [at(from), at(to)];
  const found = await status(from);
  if (!found) throw notFound("rename", source.uri);
  try {
    const keys = found.isDirectory ? await keysBelow(source) : [source.key];
    for (let i = 0; i < keys.length; i += copiesAtATime) {
      const some = keys.slice(i, i + copiesAtATime);
      await Promise.all(some.map(key => copy(source, key, target, target.key + key.slice(source.key.length))));
    }
    await removeKeys(source, keys);
  } catch (error) {
    throw s3Error(`rename ${source.uri} to`, target.uri, error);
  }
}

/** S3 takes objects of up to 5 GB this way. */
async function copy(source: Place, from: string, target: Place, to: string): Promise<void> {
  const CopySource = `${source.bucket}/${from.split("/").map(encodeURIComponent).join("/")}`;
  await target.client.send(new sdk.CopyObjectCommand({ Bucket: target.bucket, Key: to, CopySource }));
}

async function remove(path: string): Promise<void> {
  const place = at(path);
  if (place.key === "") throw new DStreamsError("DSTREAMS_STORAGE", `Cannot remove ${place.uri}: it is the root`);
  try {
    await removeKeys(place, [place.key, ...(await keysBelow(place))]);
  } catch (error) {
    throw s3Error("remove", place.uri, error);
  }
}

async function removeKeys({ client, bucket }: Place, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += removedAtOnce) {
    const Objects = keys.slice(i, i + removedAtOnce).map(Key => ({ Key }));
    const { Errors: [failed] = [] } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    if (failed) throw Object.assign(new Error(failed.Message), { name: failed.Code ?? "Error" });
  }
}

/** All keys of a directory, its own marker and those further down among them. */
async function keysBelow(place: Place): Promise<string[]> {
  const { client, bucket } = place;
  const keys: string[] = [];
  for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefixOf(place) })) {
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
  }
  return keys;
}

function qualify(path: string): string {
  return at(path).uri;
}

/** An address, taken apart. */
interface Place {
  readonly conf: HadoopConf;
  readonly client: S3Client;
  readonly bucket: string;
  /** Without slashes at its ends; empty for the bucket itself. */
  readonly key: string;
  readonly uri: string;
  readonly root: string;
}

function at(path: string): Place {
  const conf = hadoopConf();
  const base = path.includes("://") ? "" : (conf.get("fs.defaultFS") ?? "").replace(/\/*$/, "/");
  const [, scheme = "", bucket, rest = ""] = /^(s3a?):\/\/([^/]+)(?:\/(.*))?$/is.exec(base + path) ?? [];
  if (bucket === undefined) {
    throw new DStreamsError(
      "DSTREAMS_ILLEGAL_ARGUMENT",
      `No bucket in ${path}: an S3 address is s3://bucket/key, or s3a://bucket/key`,
    );
  }
  const root = `${scheme.toLowerCase()}://${bucket}`;
  const key = rest
    .split("/")
    .filter(name => name !== "")
    .join("/");
  return { conf, client: clientFor(bucket, conf), bucket, key, root, uri: `${root}/${key}` };
}

function prefixOf({ key }: Place): string {
  return key === "" ? "" : `${key}/`;
}

function fileStatus({ root, conf }: Place, key: string, size: number, modified: Date | undefined): FileStatus {
  const blockSize = conf.size("fs.s3a.block.size", 32 * 1024 * 1024);
  const name = key.slice(key.lastIndexOf("/") + 1);
  return { path: `${root}/${key}`, name, size, modified: modified?.getTime() ?? 0, isDirectory: false, blockSize };
}

/** Directories have no time of their own; that long ago, they are never new to a stream. */
function directoryStatus({ root }: Place, key: string): FileStatus {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return { path: `${root}/${key}`, name, size: 0, modified: 0, isDirectory: true, blockSize: 0 };
}
