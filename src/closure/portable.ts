/**
 * Factories of functions that travel without being looked at.
 *
 *     export const splitter = portable(import.meta.url, "splitter", (separator: string) =>
 *       (line: string) => line.split(separator));
 *
 *     splitter(",")        here: the factory's function, marked with (module, export, arguments)
 *                          there: import that module, call that export with these arguments
 *
 * The library's own operators are made anew every batch; this is what makes capturing them cost microseconds. Arguments may
 * be anything that can be captured, users' functions included.
 */

/** How a marked function is made again. */
export interface Recipe {
  /** URL of the module. */
  readonly url: string;
  readonly exportName: string;
  readonly args: readonly unknown[];
}

const recipes = new WeakMap<Function, Recipe>();

/**
 * Marks what `factory` returns as portable. The result must be exported from the module at `url` under `exportName`, and
 * calling it again with equal arguments must give an equivalent function.
 *
 * @param url `import.meta.url` of the module
 */
export function portable<A extends readonly unknown[], F extends Function>(
  url: string,
  exportName: string,
  factory: (...args: A) => F,
): (...args: A) => F;
export function portable<M extends (...args: never[]) => Function>(url: string, exportName: string, factory: M): M;
export function portable(url: string, exportName: string, factory: (...args: unknown[]) => Function): unknown {
  return (...args: unknown[]) => {
    const fn = factory(...args);
    recipes.set(fn, { url, exportName, args });
    return fn;
  };
}

/** How a function was made, if by a portable factory. */
export function recipeOf(fn: Function): Recipe | undefined {
  return recipes.get(fn);
}
