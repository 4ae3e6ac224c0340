/**
 * TLS and SASL by Kafka's configuration names, those of the Java client and those of librdkafka.
 *
 * What is read here is plain settings. Files are opened where a connection is made (`tlsOptions`), so that keys do not travel.
 */
import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { DStreamsError } from "../base/errors.ts";
import { wrong } from "./param-values.ts";
import type { Params, TokenProvider } from "./param-values.ts";

export interface Security {
  readonly protocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  readonly tls?: TlsSettings;
  readonly sasl?: SaslSettings;
}

/** Each is PEM text or the path of a file. */
export interface TlsSettings {
  readonly ca?: PemSource;
  readonly certificate?: PemSource;
  readonly key?: PemSource;
  /** Certificate and key in one PKCS#12 file. */
  readonly pkcs12?: string;
  readonly passphrase?: string;
  /** False: the name in the broker's certificate is not compared with its address. */
  readonly checkName: boolean;
}

type PemSource = { readonly pem: string } | { readonly path: string };

export interface SaslSettings {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER";
  readonly username?: string;
  readonly password?: string;
  readonly token?: string | TokenProvider;
  readonly tokenEndpoint?: {
    readonly url: string;
    readonly id: string;
    readonly secret: string;
    readonly scope?: string;
  };
}

export const securityNames = [
  ...["security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.jaas.config", "sasl.username", "sasl.password"],
  ...["sasl.oauthbearer.token", "sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.client.id"],
  ...["sasl.oauthbearer.client.secret", "sasl.oauthbearer.scope", "sasl.login.callback.handler.class"],
  ...["ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location", "ssl.certificate.pem", "ssl.key.location"],
  ...["ssl.key.pem", "ssl.key.password", "ssl.truststore.type", "ssl.truststore.location", "ssl.truststore.password"],
  ...["ssl.truststore.certificates", "ssl.keystore.type", "ssl.keystore.location", "ssl.keystore.password"],
  ...["ssl.keystore.key", "ssl.keystore.certificate.chain", "ssl.endpoint.identification.algorithm"],
];

export function readSecurity(p: Params): Security {
  const protocol = p.choice("security.protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]);
  return {
    protocol,
    ...(protocol.endsWith("SSL") && { tls: readTls(p) }),
    ...(protocol.startsWith("SASL") && { sasl: readSasl(p) }),
  };
}

function readTls(p: Params): TlsSettings {
  const ca = pem(p, "ssl.truststore.certificates", "ssl.ca.pem", "ssl.ca.location") ?? truststore(p);
  const keystore = p.text("ssl.keystore.location");
  const inPem = p.text("ssl.keystore.type")?.toUpperCase() === "PEM";
  const certificate =
    pem(p, "ssl.keystore.certificate.chain", "ssl.certificate.pem", "ssl.certificate.location") ??
    (keystore !== undefined && inPem ? { path: keystore } : undefined);
  const key =
    pem(p, "ssl.keystore.key", "ssl.key.pem", "ssl.key.location") ??
    (keystore !== undefined && inPem ? { path: keystore } : undefined);
  const passphrase = p.text("ssl.key.password") ?? p.text("ssl.keystore.password");
  return {
    ...(ca && { ca }),
    ...(certificate && { certificate }),
    ...(key && { key }),
    ...(keystore !== undefined && !inPem && { pkcs12: keystoreFile(p, keystore) }),
    ...(passphrase !== undefined && { passphrase }),
    // Set to the empty text it switches the check off, as in Java; `none` is librdkafka's word.
    checkName: !["", "none"].includes(String(p.raw("ssl.endpoint.identification.algorithm") ?? "https")),
  };
}

/** PEM text under one of the first names, or a path under the last. */
function pem(p: Params, text: string, otherText: string, location: string): PemSource | undefined {
  const given = p.text(text) ?? p.text(otherText);
  if (given !== undefined) return { pem: given.replaceAll("\\n", "\n") };
  const path = p.text(location);
  return path === undefined ? undefined : { path };
}

function truststore(p: Params): PemSource | undefined {
  const path = p.text("ssl.truststore.location");
  if (path === undefined) return undefined;
  if (p.text("ssl.truststore.type")?.toUpperCase() !== "PEM") {
    throw wrong(
      "ssl.truststore.location: only PEM files can be read (ssl.truststore.type=PEM). Export the certificates with " +
        "keytool -exportcert -rfc, and name the file here or in ssl.ca.location.",
    );
  }
  return { path };
}

function keystoreFile(p: Params, path: string): string {
  if (p.text("ssl.keystore.type")?.toUpperCase() === "PKCS12") return path;
  throw wrong(
    "ssl.keystore.location: PKCS12 and PEM files can be read (ssl.keystore.type). Convert a JKS file with " +
      "keytool -importkeystore -deststoretype PKCS12.",
  );
}

function readSasl(p: Params): SaslSettings {
  const name = p.text("sasl.mechanism") === undefined ? "sasl.mechanisms" : "sasl.mechanism";
  if (p.text(name)?.toUpperCase() === "GSSAPI" || p.text(name) === undefined) {
    throw wrong(
      "sasl.mechanism must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER. Kerberos (GSSAPI, Kafka's default) is not in this version.",
    );
  }
  const mechanism = p.choice(name, ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]);
  const jaas = jaasOptions(p.text("sasl.jaas.config") ?? "");
  if (mechanism === "OAUTHBEARER") return { mechanism, ...readToken(p, jaas) };
  const username = p.text("sasl.username") ?? jaas.get("username");
  const password = p.text("sasl.password") ?? jaas.get("password");
  if (username === undefined || password === undefined) {
    throw wrong(
      `sasl.jaas.config (or sasl.username and sasl.password) must say username and password for ${mechanism}.`,
    );
  }
  return { mechanism, username, password };
}

function readToken(p: Params, jaas: ReadonlyMap<string, string>): Pick<SaslSettings, "token" | "tokenEndpoint"> {
  const given = p.raw("sasl.oauthbearer.token");
  if (typeof given === "function") return { token: given };
  if (typeof given === "string" && given !== "") return { token: given };
  const url = p.text("sasl.oauthbearer.token.endpoint.url");
  const id = p.text("sasl.oauthbearer.client.id") ?? jaas.get("clientId");
  const secret = p.text("sasl.oauthbearer.client.secret") ?? jaas.get("clientSecret");
  const scope = p.text("sasl.oauthbearer.scope") ?? jaas.get("scope");
  if (url !== undefined && id !== undefined && secret !== undefined) {
    return { tokenEndpoint: { url, id, secret, ...(scope !== undefined && { scope }) } };
  }
  throw wrong(
    "OAUTHBEARER needs sasl.oauthbearer.token (a token, or a function that gives one), or sasl.oauthbearer.token.endpoint.url with " +
      "sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret.",
  );
}

/** `org.…LoginModule required username="alice" password="secret";` */
export function jaasOptions(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  const pattern = /([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))/g;
  for (const [, name = "", double, single, bare] of text.matchAll(pattern)) {
    options.set(name, (double ?? single ?? bare ?? "").replaceAll(/\\(.)/g, "$1"));
  }
  return options;
}

/** What Node's TLS needs; files are read now. */
export async function tlsOptions(tls: TlsSettings): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map(read));
  const pfx = tls.pkcs12 === undefined ? undefined : await readKeyFile(tls.pkcs12);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(pfx !== undefined && { pfx }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
    ...(!tls.checkName && { checkServerIdentity: () => undefined }),
  };
}

async function read(source: PemSource | undefined): Promise<string | Buffer | undefined> {
  if (source === undefined) return undefined;
  return "pem" in source ? source.pem : readKeyFile(source.path);
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `kafkaParams: the file ${path} cannot be read.`, {
      cause: error,
    });
  }
}

/** The token for a new connection. */
export async function tokenOf(sasl: SaslSettings): Promise<string> {
  if (typeof sasl.token === "function") return sasl.token();
  if (sasl.token !== undefined) return sasl.token;
  return requestToken(sasl.tokenEndpoint as NonNullable<SaslSettings["tokenEndpoint"]>);
}

/** OAuth's client credentials grant. */
async function requestToken(endpoint: NonNullable<SaslSettings["tokenEndpoint"]>): Promise<string> {
  const { url, id, secret, scope } = endpoint;
  const credentials = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64");
  const form = new URLSearchParams({ grant_type: "client_credentials", ...(scope !== undefined && { scope }) });
  const response = await fetch(url, { method: "POST", headers: { authorization: `Basic ${credentials}` }, body: form });
  const answer = response.ok ? ((await response.json()) as { access_token?: unknown }) : {};
  if (typeof answer.access_token === "string") return answer.access_token;
  throw new DStreamsError(
    "DSTREAMS_KAFKA",
    `The token endpoint ${new URL(url).origin} gave no token (HTTP ${response.status}). Check client id, secret and scope.`,
  );
}
