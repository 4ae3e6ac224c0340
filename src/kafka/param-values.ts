import { DStreamsError } from "../base/errors.ts";
import { describe } from "../rdd/checks.ts";

/** Gives an OAuth token when a connection needs one. It runs in the workers too. */
export type TokenProvider = () => string | Promise<string>;

/**
 * Settings of Kafka's clients by Kafka's names: `bootstrap.servers`, `group.id`, `auto.offset.reset`, `security.protocol`, … Numbers and
 * booleans may be written as text. Names that are not known here are warned of and ignored.
 */
export type KafkaParams = Readonly<Record<string, string | number | boolean | TokenProvider | undefined>>;

/** The parameters by type. */
export class Params {
  readonly #params: KafkaParams;

  constructor(params: KafkaParams) {
    this.#params = params;
  }

  /** Undefined when it is not set, or set to nothing. */
  text(name: string): string | undefined {
    const value = this.#params[name];
    if (value === undefined || value === "") return undefined;
    if (typeof value === "function") throw wrong(`${name} must be text, not a function.`);
    return String(value);
  }

  /** The value as it was given. */
  raw(name: string): KafkaParams[string] {
    return this.#params[name];
  }

  number(name: string, otherwise: number): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw wrong(`${name} must be a whole number that is not negative, not ${describe(text)}.`);
    }
    return value;
  }

  /** One of a few words, the first of which is the default. */
  choice<W extends string>(name: string, words: readonly [W, ...W[]]): W {
    const text = this.text(name)?.toLowerCase();
    const word = text === undefined ? words[0] : words.find(each => each.toLowerCase() === text);
    if (word === undefined) throw wrong(`${name} must be one of ${words.join(", ")}, not ${describe(text)}.`);
    return word;
  }

  /** A setting that may be said, but not otherwise than it is. */
  only(name: string, values: readonly string[], why: string): void {
    const text = this.text(name);
    if (text !== undefined && !values.includes(text)) throw wrong(`${name} cannot be ${describe(text)}: ${why}.`);
  }
}

export function wrong(message: string): DStreamsError {
  return new DStreamsError("DSTREAMS_CONFIGURATION", `kafkaParams: ${message}`);
}
