/** Where a function comes from, which decides how it travels: by name, by reference, or by value. */
import { type Inspected, inspect } from "./inspect.ts";
import { type Reference, referenceOfFunction } from "./references.ts";
import { isPlatformScript, type Script, scriptOf } from "./scripts.ts";

export type Origin =
  /** Of V8 or Node.js. */
  | { readonly kind: "platform" }
  | { readonly kind: "bound"; readonly inspected: Inspected }
  | { readonly kind: "reference"; readonly reference: Reference }
  | {
      readonly kind: "value";
      readonly inspected: Inspected;
      /** Undefined when V8 has forgotten the script. */
      readonly script: Script | undefined;
      readonly text: string;
      readonly isClass: boolean;
    };

export function originOf(fn: Function): Origin {
  const inspected = inspect(fn);
  if (inspected.bound) return { kind: "bound", inspected };
  if (inspected.location === undefined || isPlatformScript(inspected.location.scriptId)) return { kind: "platform" };
  const script = scriptOf(inspected.location.scriptId);
  const reference = script && referenceOfFunction(fn, inspected, script);
  if (reference) return { kind: "reference", reference };
  const text = Function.prototype.toString.call(fn);
  return { kind: "value", inspected, script, text, isClass: /^class(?![\w$])/.test(text) };
}
