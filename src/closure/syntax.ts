/** A syntax tree as acorn gives it, seen generically: what the analysis needs of any node, and how to go through one. */
import { parse, type Options } from "acorn";

export interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** Parses what V8 has already accepted: only what is valid must come out right. */
export function parseSource(source: string, strict: boolean, options?: Partial<Options>): Syntax {
  return parse(source, {
    ecmaVersion: "latest",
    sourceType: strict ? "module" : "script",
    allowHashBang: true,
    allowImportExportEverywhere: true,
    allowReturnOutsideFunction: true,
    allowSuperOutsideMethod: true,
    checkPrivateFields: false,
    ...options,
  }) as unknown as Syntax;
}

/** The nodes right below one, in source order. */
export function childrenOf(node: Syntax): Syntax[] {
  const children: Syntax[] = [];
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isSyntax(item)) children.push(item);
    } else if (isSyntax(value)) children.push(value);
  }
  return children;
}

/** A field that holds one node, where the grammar says there is one. */
export function childOf(node: Syntax, field: string): Syntax {
  return node[field] as Syntax;
}

/** A field that holds a node or nothing. */
export function optionalChildOf(node: Syntax, field: string): Syntax | undefined {
  const value = node[field];
  return isSyntax(value) ? value : undefined;
}

export function listOf(node: Syntax, field: string): readonly Syntax[] {
  return (node[field] as readonly (Syntax | null)[]).filter(item => item !== null);
}

/** The names a pattern binds: `{ a, b: [c = 1, ...d] }` binds a, c and d. */
export function namesBoundBy(pattern: Syntax): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern["name"] as string];
    case "ObjectPattern":
      return listOf(pattern, "properties").flatMap(property =>
        namesBoundBy(property.type === "RestElement" ? property : childOf(property, "value")),
      );
    case "ArrayPattern":
      return listOf(pattern, "elements").flatMap(namesBoundBy);
    case "AssignmentPattern":
      return namesBoundBy(childOf(pattern, "left"));
    case "RestElement":
      return namesBoundBy(childOf(pattern, "argument"));
    default:
      return [];
  }
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && typeof (value as Syntax).type === "string";
}
