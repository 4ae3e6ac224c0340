/** An S3-compatible server, S3Proxy: buckets are folders of the place. It checks signatures, and so wants the keys below. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jarsOf, java } from "./maven.ts";
import { launch, until } from "./process.ts";
import type { Instance, Place, Service } from "./service.ts";

export interface S3 extends Instance {
  /** `endpoint`: for `fs.s3a.endpoint`; `access` and `secret`: the keys it takes, which are no secret; `bucket`: one that is there. */
  readonly endpoints: Readonly<Record<"endpoint" | "access" | "secret" | "bucket", string>>;
}

export const s3: Service<S3> = {
  name: "s3",
  title: "S3: S3Proxy over a folder of this machine",
  ports: { s3: 9000 },
  start,
};

const keys = { access: "local-access", secret: "local-secret" };

async function start(place: Place): Promise<S3> {
  const command = java();
  const jars = await jarsOf("s3", new URL("s3/pom.xml", import.meta.url));
  const endpoint = `http://127.0.0.1:${place.ports["s3"]}`;
  const data = join(place.folder, "data");
  const bucket = "books";
  mkdirSync(join(data, bucket), { recursive: true });
  const settings = {
    "s3proxy.endpoint": endpoint,
    "s3proxy.authorization": "aws-v2-or-v4",
    "s3proxy.identity": keys.access,
    "s3proxy.credential": keys.secret,
    "s3proxy.ignore-unknown-headers": "true",
    "jclouds.provider": "filesystem-nio2",
    "jclouds.filesystem.basedir": data,
  };
  const file = join(place.folder, "s3proxy.properties");
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  );
  const logging = join(place.folder, "logback.xml");
  writeFileSync(logging, '<configuration><root level="WARN"/></configuration>\n');
  const server = launch(place, "s3proxy", command, [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    ...(place.stays ? [] : ["-XX:TieredStopAtLevel=1"]), // what lives for seconds is not worth compiling well
    `-Dlogback.configurationFile=${logging}`,
    "-cp",
    `${jars}/*`,
    "org.gaul.s3proxy.Main",
    "--properties",
    file,
  ]);
  await until("answer", server, async () => (await fetch(endpoint).catch(() => undefined)) !== undefined);
  return { endpoints: { endpoint, ...keys, bucket }, processes: [server] };
}
