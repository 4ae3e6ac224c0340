/**
 * The scripts that functions were written in: their URL, their source as V8 compiled it (types stripped, transpiled), and
 * what of their syntax tree matters to closures. Sources are parsed once and a bounded number is kept.
 */
import { inspectorSession, post } from "./inspect.ts";
import { childOf, childrenOf, listOf, namesBoundBy, optionalChildOf, parseSource, type Syntax } from "./syntax.ts";

/** What an `import` declaration binds a local name to. */
export interface ImportBinding {
  readonly specifier: string;
  /** `default`, `*` for the namespace, else the exported name. */
  readonly name: string;
  /** `with { type: "json" }` */
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** A part of a script that gives `this` a meaning: functions that are not arrows, and bodies of classes. */
interface ThisRange {
  readonly start: number;
  readonly end: number;
}

export class Script {
  readonly id: string;
  /** As V8 knows it: `file:///…`, `node:fs`, `[eval]`, or empty. */
  readonly url: string;
  readonly isModule: boolean;
  readonly source: string;
  private syntax: ScriptSyntax | undefined;
  private lineStarts: number[] | undefined;

  constructor(id: string, url: string, isModule: boolean, source: string) {
    this.id = id;
    this.url = url;
    this.isModule = isModule;
    this.source = source;
  }

  /** Imports by local name. */
  get imports(): ReadonlyMap<string, ImportBinding> {
    return this.parsed.imports;
  }

  /** Exported names by local name. */
  get exports(): ReadonlyMap<string, string> {
    return this.parsed.exports;
  }

  /** Whether code in this script is strict as a whole. Directives inside functions are the functions' own. */
  get isStrict(): boolean {
    return this.isModule || this.parsed.strict;
  }

  /** Whether a function declaration (not an expression) starts at this offset. */
  declaresFunctionAt(offset: number): boolean {
    return this.parsed.declarations.has(offset);
  }

  /** Whether code at this offset has a `this` of its surroundings, other than the script's. */
  hasOuterThis(offset: number): boolean {
    return this.parsed.thisRanges.some(range => range.start < offset && offset < range.end);
  }

  /** Where in the source a function's text begins; V8 names a position inside of it (that of the parameters). */
  offsetOf(text: string, line: number, column: number): number | undefined {
    const inside = (this.lines[line] ?? 0) + column;
    const start = this.source.lastIndexOf(text, inside);
    return start >= 0 && inside <= start + text.length ? start : undefined;
  }

  /** Zero-based line and column. */
  positionOf(offset: number): { line: number; column: number } {
    const lines = this.lines;
    let low = 0;
    let high = lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low, column: offset - (lines[low] ?? 0) };
  }

  private get lines(): readonly number[] {
    if (this.lineStarts === undefined) {
      this.lineStarts = [0];
      for (let at = this.source.indexOf("\n"); at >= 0; at = this.source.indexOf("\n", at + 1))
        this.lineStarts.push(at + 1);
    }
    return this.lineStarts;
  }

  private get parsed(): ScriptSyntax {
    return (this.syntax ??= readSyntax(this.source, this.isModule));
  }
}

const kept = 64;
const scripts = new Map<string, Script>();
/** Every script alive when last asked. */
let known = new Map<string, { readonly url: string; readonly isModule: boolean }>();

/** The script with this id; undefined when V8 has forgotten it. */
export function scriptOf(id: string): Script | undefined {
  const found = scripts.get(id);
  if (found) {
    scripts.delete(id);
    scripts.set(id, found);
    return found;
  }
  const script = loadScript(id);
  if (script === undefined) return undefined;
  scripts.set(id, script);
  for (const oldest of scripts.keys()) {
    if (scripts.size <= kept) break;
    scripts.delete(oldest);
  }
  return script;
}

/** Whether a script is part of Node.js. */
export function isPlatformScript(id: string): boolean {
  // Brings the source too, in the same visit to the debugger: it is asked for next unless the script is the platform's.
  if (!known.has(id)) scriptOf(id);
  if (!known.has(id)) known.set(id, { url: "", isModule: false });
  return known.get(id)?.url.startsWith("node:") === true;
}

function loadScript(id: string): Script | undefined {
  return withDebugger(() => {
    const about = known.get(id);
    if (about === undefined) return undefined;
    const source = post("Debugger.getScriptSource", { scriptId: id })["scriptSource"] as string;
    return new Script(id, about.url, about.isModule, source);
  });
}

/** The debugger lists all scripts when it is enabled. It slows promises down while it is, so never for longer than this. */
function withDebugger<R>(body: () => R): R {
  const session = inspectorSession();
  const alive: typeof known = new Map();
  const note = ({ params }: { params: { scriptId: string; url: string; isModule?: boolean } }): void => {
    alive.set(params.scriptId, { url: params.url, isModule: params.isModule === true });
  };
  session.on("Debugger.scriptParsed", note);
  try {
    post("Debugger.enable");
    known = alive;
    return body();
  } finally {
    session.off("Debugger.scriptParsed", note);
    post("Debugger.disable");
  }
}

interface ScriptSyntax {
  readonly imports: Map<string, ImportBinding>;
  readonly exports: Map<string, string>;
  readonly declarations: Set<number>;
  readonly thisRanges: ThisRange[];
  strict: boolean;
}

/** A script that acorn cannot read (V8 may know newer syntax) has no known imports: its functions travel by value. */
function readSyntax(source: string, isModule: boolean): ScriptSyntax {
  const syntax: ScriptSyntax = {
    imports: new Map(),
    exports: new Map(),
    declarations: new Set(),
    thisRanges: [],
    strict: isModule,
  };
  let program: Syntax;
  try {
    program = parseSource(source, isModule, { allowAwaitOutsideFunction: true });
  } catch {
    return syntax;
  }
  for (const statement of listOf(program, "body")) {
    if (statement["directive"] === "use strict") syntax.strict = true;
    else if (statement.type === "ImportDeclaration") readImport(statement, syntax.imports);
    else if (statement.type.startsWith("Export")) readExport(statement, syntax.exports);
  }
  const rest = [program];
  for (let node = rest.pop(); node; node = rest.pop()) {
    if (node.type === "FunctionDeclaration") syntax.declarations.add(node.start);
    if (node.type.startsWith("Function") || node.type === "ClassBody") syntax.thisRanges.push(node);
    rest.push(...childrenOf(node));
  }
  return syntax;
}

function readImport(statement: Syntax, imports: Map<string, ImportBinding>): void {
  const specifier = childOf(statement, "source")["value"] as string;
  const attributes = listOf(statement, "attributes").map(attribute => [
    nameOf(childOf(attribute, "key")),
    childOf(attribute, "value")["value"] as string,
  ]);
  for (const binding of listOf(statement, "specifiers")) {
    const name =
      binding.type === "ImportDefaultSpecifier"
        ? "default"
        : binding.type === "ImportNamespaceSpecifier"
          ? "*"
          : nameOf(childOf(binding, "imported"));
    imports.set(nameOf(childOf(binding, "local")), {
      specifier,
      name,
      attributes: attributes.length > 0 ? (Object.fromEntries(attributes) as Record<string, string>) : undefined,
    });
  }
}

function readExport(statement: Syntax, exports: Map<string, string>): void {
  if (statement.type === "ExportDefaultDeclaration") {
    const declaration = childOf(statement, "declaration");
    const id = optionalChildOf(declaration, "id");
    if (declaration.type === "Identifier") exports.set(nameOf(declaration), "default");
    else if (id) exports.set(nameOf(id), "default");
    else exports.set("*default*", "default");
  }
  if (statement.type !== "ExportNamedDeclaration" || optionalChildOf(statement, "source")) return;
  for (const binding of listOf(statement, "specifiers")) {
    exports.set(nameOf(childOf(binding, "local")), nameOf(childOf(binding, "exported")));
  }
  const declaration = optionalChildOf(statement, "declaration");
  if (!declaration) return;
  const targets =
    declaration.type === "VariableDeclaration"
      ? listOf(declaration, "declarations").map(one => childOf(one, "id"))
      : [childOf(declaration, "id")];
  for (const name of targets.flatMap(namesBoundBy)) exports.set(name, name);
}

/** An identifier's name; import and export names may be strings too. */
function nameOf(node: Syntax): string {
  return (node.type === "Identifier" ? node["name"] : node["value"]) as string;
}
