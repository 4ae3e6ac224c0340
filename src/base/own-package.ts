/** A program outside any project that has installed this package (after `npm install -g`) can import it all the same. */
import { registerHooks } from "node:module";

const ours = /^dstreams(?:\/|$)/;

/** From now on an import of `dstreams` that finds nothing gets the package that this file belongs to. */
export function provideOwnPackage(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!ours.test(specifier)) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
