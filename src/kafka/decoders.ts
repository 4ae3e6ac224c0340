/** What becomes of a record's key and value. They run in the workers. */

/** Makes a key or a value of its bytes. A key or value that is null stays null and is not handed to it. May answer with a promise. */
export type Decoder<T> = (bytes: Uint8Array) => T | Promise<T>;

/** Text in UTF-8: what is done unless something else is said. Bytes that are not UTF-8 become U+FFFD. */
export function utf8Decoder(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
}

/** The bytes themselves. */
export function bytesDecoder(bytes: Uint8Array): Uint8Array {
  // A copy: the bytes lie in what one fetch has brought, and would hold all of it.
  return new Uint8Array(bytes);
}

/**
 * JSON in UTF-8. Say what it is: `jsonDecoder<Order>`.
 *
 * @throws SyntaxError when it is not JSON
 */
export function jsonDecoder<T = unknown>(bytes: Uint8Array): T {
  return JSON.parse(utf8Decoder(bytes)) as T;
}
