/** TLS and SASL, by Kafka's names, against a broker that demands them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { ExecFileSyncOptions } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { SparkContext } from "../../src/index.ts";
import { KafkaUtils, saveToKafka } from "../../src/kafka.ts";
import type { KafkaParams } from "../../src/kafka.ts";
import { kafkaWith } from "../../scripts/services/kafka.ts";
import { java } from "../../scripts/services/maven.ts";
import { guard } from "../../scripts/services/process.ts";
import { startServer } from "../support/servers.ts";
import { TestClient } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "dstreams-certificates-"));
guard(folder);
after(() => rmSync(folder, { recursive: true, force: true }));

const certificates = makeCertificates();
const { skip, server, place } = await startServer(
  kafkaWith({
    listeners: { SSL: "ssl", SASL_SSL: "saslSsl", SASL_PLAINTEXT: "oauth" },
    scram: ["SCRAM-SHA-256=[name=alice,password=s3cret-256]", "SCRAM-SHA-512=[name=alice,password=s3cret-512]"],
    properties: {
      "ssl.keystore.type": "PKCS12",
      "ssl.keystore.location": join(folder, "broker.p12"),
      "ssl.keystore.password": "changeit",
      "ssl.truststore.type": "PEM",
      "ssl.truststore.location": join(folder, "client.pem"),
      "listener.name.ssl.ssl.client.auth": "required",
      "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
      "listener.name.sasl_ssl.plain.sasl.jaas.config":
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="s3cret-plain";',
      "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config":
        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config":
        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "OAUTHBEARER",
      "listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config":
        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
    },
  }),
);

/** A broker and a client, each with a key and a certificate of its own. */
function makeCertificates(): { broker: string; client: string } {
  try {
    const quiet: ExecFileSyncOptions = { stdio: ["ignore", "ignore", "pipe"] };
    const keytool = java().replace(/java$/, "keytool");
    const pem = (name: string): string => {
      const store = ["-storetype", "PKCS12", "-keystore", join(folder, `${name}.p12`), "-storepass", "changeit"];
      const key = ["-alias", name, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"];
      execFileSync(
        keytool,
        ["-genkeypair", ...key, "-dname", `CN=${name}`, "-ext", "san=ip:127.0.0.1", ...store],
        quiet,
      );
      execFileSync(
        keytool,
        ["-exportcert", "-rfc", "-alias", name, "-file", join(folder, `${name}.pem`), ...store],
        quiet,
      );
      return join(folder, `${name}.pem`);
    };
    return { broker: pem("broker"), client: pem("client") };
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return { broker: "", client: "" };
  }
}

describe("security", { skip }, () => {
  const client = new TestClient(server?.endpoints.brokers ?? "");
  let sc: SparkContext;
  let topic: string;
  before(async () => {
    sc = new SparkContext("local[1]", "security");
    topic = await client.topic();
  });
  after(() => sc.stop());

  const at = (port: string): string => `127.0.0.1:${place.ports[port]}`;
  const scram = (mechanism: string, password: string): KafkaParams => ({
    "bootstrap.servers": at("saslSsl"),
    "security.protocol": "SASL_SSL",
    "ssl.ca.location": certificates.broker,
    "sasl.mechanism": mechanism,
    "sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="${password}";`,
  });

  /** Writes through these parameters, reads it back through them, in the workers. */
  async function roundTrip(kafkaParams: KafkaParams): Promise<void> {
    const params = { "default.api.timeout.ms": 5000, ...kafkaParams };
    const word = String(Math.random());
    await saveToKafka(sc.parallelize([["k", word] as [string, string]], 1), { topic, kafkaParams: params });
    const found = await client.admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    });
    const untilOffset = Number(found[0]?.partitions[0]?.offset);
    const ranges = [{ topic, partition: 0, fromOffset: untilOffset - 1, untilOffset }];
    const [record] = await KafkaUtils.createRDD(sc, ranges, { kafkaParams: params }).collect();
    assert.equal(record?.value, word);
  }

  test("TLS, with a certificate of one's own: PKCS#12 and PEM", async () => {
    const tls = { "bootstrap.servers": at("ssl"), "security.protocol": "SSL" };
    const store = {
      "ssl.keystore.type": "PKCS12",
      "ssl.keystore.location": join(folder, "client.p12"),
      "ssl.keystore.password": "changeit",
    };
    await roundTrip({ ...tls, ...store, "ssl.ca.location": certificates.broker });
    const pem = readFileSync(certificates.broker, "utf8");
    await roundTrip({ ...tls, ...store, "ssl.truststore.type": "PEM", "ssl.truststore.certificates": pem });
    await roundTrip({ ...tls, ...store, "ssl.truststore.type": "PEM", "ssl.truststore.location": certificates.broker });
  });

  test("TLS with SCRAM and PLAIN", async () => {
    await roundTrip(scram("SCRAM-SHA-256", "s3cret-256"));
    await roundTrip(scram("SCRAM-SHA-512", "s3cret-512"));
    const { "sasl.jaas.config": _, ...others } = scram("PLAIN", "");
    await roundTrip({ ...others, "sasl.username": "alice", "sasl.password": "s3cret-plain" });
  });

  test("OAuth tokens: from a function, from a token endpoint", async () => {
    const params = {
      "bootstrap.servers": at("oauth"),
      "security.protocol": "SASL_PLAINTEXT",
      "sasl.mechanism": "OAUTHBEARER",
    };
    await roundTrip({ ...params, "sasl.oauthbearer.token": unsecuredToken });
    const asked: (string | undefined)[] = [];
    const endpoint = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end(JSON.stringify({ access_token: unsecuredToken(), token_type: "bearer" }));
    });
    await new Promise<void>(resolve => endpoint.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`;
    const credentials = { "sasl.oauthbearer.client.id": "me", "sasl.oauthbearer.client.secret": "s3cret" };
    await roundTrip({ ...params, ...credentials, "sasl.oauthbearer.token.endpoint.url": url });
    endpoint.close();
    assert.equal(asked[0], `Basic ${Buffer.from("me:s3cret").toString("base64")}`);
  });

  test("mistakes are told, with what to do and without the password", async () => {
    const refused = async (params: KafkaParams, message: RegExp): Promise<void> => {
      await assert.rejects(roundTrip(params), (error: Error & { code?: string }) => {
        assert.equal(error.code, "DSTREAMS_KAFKA", error.stack);
        assert.match(error.message, message);
        for (let at: unknown = error; at instanceof Error; at = at.cause)
          assert.doesNotMatch(`${at.message}${at.stack}`, /wrong-password/);
        return true;
      });
    };
    await refused(scram("SCRAM-SHA-256", "wrong-password"), /refused the credentials: check sasl\.mechanism/);
    const { "ssl.ca.location": _, ...untrusted } = scram("SCRAM-SHA-256", "s3cret-256");
    await refused(untrusted, /certificate is not trusted: name its authority in ssl\.ca\.location/);
    await refused({ "bootstrap.servers": at("ssl") }, /set security\.protocol to SSL/);
    await refused(
      { ...scram("SCRAM-SHA-256", "s3cret-256"), "bootstrap.servers": client.brokers },
      /does not speak TLS/,
    );
  });
});

/** As brokers take it that are set up for tests: a JWT that nobody has signed. */
function unsecuredToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: "none" })}.${part({ sub: "alice", iat: now - 1, exp: now + 600 })}.`;
}
