/**
 * The free names of a function: those it uses and does not declare, which its closure must supply.
 *
 *     (x, y = k) => { let z = x; return f(z, ({ g: k }), this) }        free: k, f     this: lexical
 *
 * One walk over the tree opens a scope per function, block, class and catch, enters declarations into them, and notes each
 * use together with its scope. Uses are resolved at the end, since declarations may come after them.
 */
import { childOf, childrenOf, listOf, namesBoundBy, optionalChildOf, type Syntax } from "./syntax.ts";

export interface Names {
  /** Name → true when the code assigns it. */
  readonly free: ReadonlyMap<string, boolean>;
  /** `this`, `super`, `new.target` of the code around it, as arrow functions use them. */
  readonly outer: ReadonlySet<"this" | "super" | "new.target" | "arguments">;
  /** Where `import.meta` stands. */
  readonly importMeta: readonly Syntax[];
  /** Where `arguments` of the code around it stands. */
  readonly outerArguments: readonly Syntax[];
  /** Private names (`#x`) that no class in the code declares. */
  readonly foreignPrivate: ReadonlySet<string>;
  /** A direct call of `eval` may use any name. */
  readonly callsEval: boolean;
  /** Methods that reach for `super` find it at the object they were written in. */
  readonly usesSuper: boolean;
}

class Scope {
  readonly names = new Set<string>();
  readonly parent: Scope | undefined;
  /** Where `var` goes. */
  readonly function: Scope;
  /** Whether `this` and `arguments` belong to this function itself, not to the code around. */
  readonly ownThis: boolean;

  constructor(parent: Scope | undefined, kind: "function" | "arrow" | "block") {
    this.parent = parent;
    this.function = kind === "block" && parent ? parent.function : this;
    this.ownThis = kind === "function" || (parent?.ownThis ?? false);
  }

  has(name: string): boolean {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) if (scope.names.has(name)) return true;
    return false;
  }
}

class Walk {
  readonly uses: { readonly name: string; readonly scope: Scope; readonly assigned: boolean }[] = [];
  readonly outer = new Set<"this" | "super" | "new.target" | "arguments">();
  readonly importMeta: Syntax[] = [];
  readonly outerArguments: Syntax[] = [];
  readonly privateUses: string[] = [];
  readonly privateDeclared = new Set<string>();
  readonly strict: boolean;
  callsEval = false;
  usesSuper = false;

  constructor(strict: boolean) {
    this.strict = strict;
  }

  visit(node: Syntax, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        return this.use(node, scope, false);
      case "ThisExpression":
        if (!scope.ownThis) this.outer.add("this");
        return;
      case "Super":
        this.usesSuper = true;
        if (!scope.ownThis) this.outer.add("super");
        return;
      case "MetaProperty":
        if (childOf(node, "meta")["name"] === "import") this.importMeta.push(node);
        else if (!scope.ownThis) this.outer.add("new.target");
        return;
      case "PrivateIdentifier":
        this.privateUses.push(node["name"] as string);
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.visitFunction(node, scope);
      case "ClassDeclaration":
      case "ClassExpression":
        return this.visitClass(node, scope);
      case "BlockStatement":
      case "StaticBlock":
      case "SwitchStatement":
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.visitChildren(node, new Scope(scope, node.type === "StaticBlock" ? "function" : "block"));
      case "CatchClause":
        return this.visitCatch(node, new Scope(scope, "block"));
      case "VariableDeclaration":
        return this.visitVariables(node, scope);
      case "AssignmentExpression":
        this.visitTarget(childOf(node, "left"), scope);
        return this.visit(childOf(node, "right"), scope);
      case "UpdateExpression":
        return this.visitTarget(childOf(node, "argument"), scope);
      case "MemberExpression":
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
        return this.visitMember(node, scope);
      case "LabeledStatement":
        return this.visit(childOf(node, "body"), scope);
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "CallExpression":
        this.noteEval(node, scope);
        return this.visitChildren(node, scope);
      default:
        return this.visitChildren(node, scope);
    }
  }

  private visitChildren(node: Syntax, scope: Scope): void {
    for (const child of childrenOf(node)) this.visit(child, scope);
  }

  private use(node: Syntax, scope: Scope, assigned: boolean): void {
    const name = node["name"] as string;
    if (name === "arguments" && scope.ownThis) return;
    if (name === "arguments" && !scope.has(name)) {
      this.outer.add("arguments");
      this.outerArguments.push(node);
    }
    this.uses.push({ name, scope, assigned });
  }

  /** What stands left of `=`: names in it are assigned, expressions in it (`a[i].b`) are used. */
  private visitTarget(node: Syntax, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        return this.use(node, scope, true);
      case "ObjectPattern":
        for (const property of listOf(node, "properties")) {
          if (property.type === "RestElement") this.visitTarget(property, scope);
          else {
            if (property["computed"] === true) this.visit(childOf(property, "key"), scope);
            this.visitTarget(childOf(property, "value"), scope);
          }
        }
        return;
      case "ArrayPattern":
        for (const element of listOf(node, "elements")) this.visitTarget(element, scope);
        return;
      case "AssignmentPattern":
        this.visitTarget(childOf(node, "left"), scope);
        return this.visit(childOf(node, "right"), scope);
      case "RestElement":
        return this.visitTarget(childOf(node, "argument"), scope);
      case "VariableDeclaration":
        return this.visitVariables(node, scope);
      default:
        return this.visit(node, scope);
    }
  }

  private visitFunction(node: Syntax, outer: Scope): void {
    const arrow = node.type === "ArrowFunctionExpression";
    const id = optionalChildOf(node, "id");
    if (id && node.type === "FunctionDeclaration") {
      outer.names.add(id["name"] as string);
      if (!this.strict) outer.function.names.add(id["name"] as string);
    }
    const named = new Scope(outer, "block");
    if (id && node.type === "FunctionExpression") named.names.add(id["name"] as string);
    const scope = new Scope(named, arrow ? "arrow" : "function");
    for (const parameter of listOf(node, "params")) {
      for (const name of namesBoundBy(parameter)) scope.names.add(name);
    }
    for (const parameter of listOf(node, "params")) this.visitTarget(parameter, scope);
    const body = childOf(node, "body");
    if (body.type === "BlockStatement") this.visitChildren(body, scope);
    else this.visit(body, scope);
  }

  private visitClass(node: Syntax, outer: Scope): void {
    const id = optionalChildOf(node, "id");
    if (id && node.type === "ClassDeclaration") outer.names.add(id["name"] as string);
    const scope = new Scope(outer, "block");
    if (id) scope.names.add(id["name"] as string);
    const heritage = optionalChildOf(node, "superClass");
    if (heritage) this.visit(heritage, scope);
    this.visit(childOf(node, "body"), scope);
  }

  private visitCatch(node: Syntax, scope: Scope): void {
    const parameter = optionalChildOf(node, "param");
    if (parameter) {
      for (const name of namesBoundBy(parameter)) scope.names.add(name);
      this.visitTarget(parameter, scope);
    }
    this.visitChildren(childOf(node, "body"), scope);
  }

  private visitVariables(node: Syntax, scope: Scope): void {
    const home = node["kind"] === "var" ? scope.function : scope;
    for (const declaration of listOf(node, "declarations")) {
      const target = childOf(declaration, "id");
      for (const name of namesBoundBy(target)) home.names.add(name);
      this.visitTarget(target, scope);
      const initial = optionalChildOf(declaration, "init");
      if (initial) this.visit(initial, scope);
    }
  }

  /** Names after a dot and before a colon are no variables. A class field's initial value is a function of its own. */
  private visitMember(node: Syntax, scope: Scope): void {
    const access = node.type === "MemberExpression";
    if (access) this.visit(childOf(node, "object"), scope);
    const key = childOf(node, access ? "property" : "key");
    if (key.type === "PrivateIdentifier") {
      if (access) this.privateUses.push(key["name"] as string);
      else this.privateDeclared.add(key["name"] as string);
    } else if (node["computed"] === true) this.visit(key, scope);
    const value = access ? undefined : optionalChildOf(node, "value");
    if (value) this.visit(value, node.type === "PropertyDefinition" ? new Scope(scope, "function") : scope);
  }

  private noteEval(node: Syntax, scope: Scope): void {
    const callee = childOf(node, "callee");
    if (callee.type === "Identifier" && callee["name"] === "eval" && !scope.has("eval")) this.callsEval = true;
  }
}

/** The names of one function, method or class; `strict` as V8 compiled it. */
export function namesOf(code: Syntax, strict: boolean): Names {
  const walk = new Walk(strict);
  const root = new Scope(undefined, "arrow");
  walk.visit(code, root);
  // A declaration's own name belongs to the code around it.
  const id = code.type === "FunctionDeclaration" ? optionalChildOf(code, "id") : undefined;
  if (id) root.names.delete(id["name"] as string);
  const free = new Map<string, boolean>();
  for (const { name, scope, assigned } of walk.uses) {
    if (!scope.has(name)) free.set(name, assigned || free.get(name) === true);
  }
  return {
    free,
    outer: walk.outer,
    importMeta: walk.importMeta,
    outerArguments: walk.outerArguments,
    foreignPrivate: new Set(walk.privateUses.filter(name => !walk.privateDeclared.has(name))),
    callsEval: walk.callsEval,
    usesSuper: walk.usesSuper,
  };
}
