/** The settings as the client library wants them. It is told never to try again: how long is decided in one place, `retry.ts`. */
import type { Admin, BaseOptions, Producer } from "@platformatic/kafka";
import { loadLibrary } from "./library.ts";
import type { KafkaSettings } from "./params.ts";
import { tlsOptions, tokenOf } from "./security.ts";

export async function newClient(settings: KafkaSettings): Promise<Admin> {
  const { Admin } = loadLibrary();
  return new Admin({ ...(await connectionOptions(settings)), retries: 0 });
}

/** A producer that writes each record once, however often it has to send it. */
export async function newProducer(settings: KafkaSettings): Promise<Producer> {
  const { deliveryTimeoutMs, retryBackoffMs, compression } = settings;
  const { Producer } = loadLibrary();
  return new Producer({
    ...(await connectionOptions(settings)),
    idempotent: true,
    compression,
    // An idempotent record may only be sent again under the number it had, so here the library does it.
    retries: Math.max(2, Math.ceil(deliveryTimeoutMs / retryBackoffMs)),
    retryDelay: retryBackoffMs,
    // How long it goes on asking a broker that does not lead the partition any more.
    metadataMaxAge: 1000,
  });
}

async function connectionOptions(settings: KafkaSettings): Promise<BaseOptions> {
  const { brokers, clientId, connectTimeoutMs, requestTimeoutMs, security } = settings;
  const { tls, sasl } = security;
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    timeout: requestTimeoutMs,
    autocreateTopics: false,
    ...(tls && { tls: await tlsOptions(tls) }),
    ...(sasl && {
      sasl: {
        mechanism: sasl.mechanism,
        ...(sasl.username !== undefined && { username: sasl.username }),
        ...(sasl.password !== undefined && { password: sasl.password }),
        ...(sasl.mechanism === "OAUTHBEARER" && { token: () => tokenOf(sasl) }),
      },
    }),
  };
}
