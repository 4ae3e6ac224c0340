/**
 * Finds the driver's files in a worker on another host. There they lie in a folder that mirrors the driver's disk, as far as it was
 * sent along: `/srv/app/lib.ts` is `<mirror>/srv/app/lib.ts`. Functions name files as the driver does, in errors too.
 */
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import { isAbsolute, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

let mirror: string | undefined;

/** From now on imports look there first. */
export function useMirror(folder: string): void {
  mirror = folder;
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      nextResolve(
        isAbsolute(specifier) ? inMirror(specifier) : mirroredUrl(specifier),
        context.parentURL === undefined ? context : { ...context, parentURL: mirroredUrl(context.parentURL) },
      ),
  });
}

/** The URL of the driver's file here; the same when it was not sent along, or when this is no other host. */
export function mirroredUrl(url: string): string {
  if (mirror === undefined || !url.startsWith("file:")) return url;
  const query = /[?#].*$/.exec(url)?.[0] ?? "";
  const path = fileURLToPath(url);
  const place = inMirror(path);
  return place === path ? url : pathToFileURL(place).href + query;
}

/** A text with the driver's names for files of the mirror: of an error, or an id that has to mean the same everywhere. */
export function inDriversWords(text: string): string {
  if (mirror === undefined) return text;
  return text.replaceAll(`${pathToFileURL(mirror).href}/`, "file:///").replaceAll(mirror + sep, sep);
}

function inMirror(path: string): string {
  if (mirror === undefined || path.startsWith(mirror + sep)) return path;
  const place = join(mirror, path);
  return existsSync(place) ? place : path;
}
