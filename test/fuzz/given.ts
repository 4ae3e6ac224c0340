/** What a program says, in the form that operations take. */
import { functions } from "./functions.ts";
import type { Given, Options } from "./operations.ts";
import { fromJson, type Json } from "./values.ts";

/** The options with functions and values in the place of names and JSON. */
export function given(options: Options): Given {
  const entries = Object.entries(options).map(([name, json]) => {
    if (name === "f") return [name, functionOf(json)];
    return [name, name === "value" ? fromJson(json) : json];
  });
  return Object.fromEntries(entries) as Given;
}

function functionOf(name: Json): unknown {
  const found = functions[name as string];
  if (found === undefined) throw new Error(`There is no function ${name as string} in test/fuzz/functions.ts`);
  return found.ours;
}
