/** A program outside any project that has installed this package (after `npm install -g`) can import it all the same. */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const ours = /^dstreams(?:\/|$)/;

/** From now on an import of `dstreams` that finds nothing gets the package that this file belongs to. */
export function provideOwnPackage(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!ours.test(specifier)) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        // For `require` Node takes no other parent.
        if (context.conditions.includes("require"))
          return nextResolve(fileURLToPath(import.meta.resolve(specifier)), context);
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
