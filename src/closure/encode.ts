/** One value, one node: the way into the encoders. */
import { encodeFunction } from "./encode-function.ts";
import { encodeObject, encodeSymbol } from "./encode-object.ts";
import type { Encoder } from "./graph.ts";
import { types } from "node:util";

export const encodeNode: Encoder = (builder, value, path, node) => {
  if (typeof value === "symbol") return encodeSymbol(value);
  if (typeof value === "function" && !types.isProxy(value)) return encodeFunction(builder, value, path, node);
  return encodeObject(builder, value, path);
};
