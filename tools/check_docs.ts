/**
 * Fails when an entry point has no module documentation, when something public
 * has no JSDoc, or when a public function lacks `@param` or `@returns`.
 *
 * `deno doc --lint` cannot do this: it complains about the files of apache-arrow.
 *
 * @module
 */
import { denoJson, ENTRY_POINTS, ROOT } from "./deno_json.ts";

type JsDoc = {
  doc?: string;
  tags?: { kind: string; name?: string; doc?: string }[];
};
type Param = {
  kind: string;
  name?: string;
  left?: Param;
  arg?: Param;
};
type TsType = { kind: string; repr?: string; value?: unknown };
type Signature = { params?: Param[]; returnType?: TsType; hasBody?: boolean };
type Member = Signature & {
  name: string;
  kind?: string;
  jsDoc?: JsDoc;
  location: { filename: string; line: number };
  accessibility?: "private" | "protected" | "public";
  isOverride?: boolean;
  functionDef?: Signature;
};
type Declaration = Omit<Member, "name"> & {
  kind: string;
  declarationKind: string;
  def?: Signature & {
    constructors?: Member[];
    methods?: Member[];
    properties?: Member[];
    members?: Member[];
    elements?: PublicSymbol[];
    tsType?: TsType;
  };
};
type PublicSymbol = { name: string; declarations: Declaration[] };

/** Output of `deno doc --json`. */
export type Docs = {
  nodes: Record<
    string,
    { module_doc?: JsDoc; symbols: PublicSymbol[] }
  >;
};

/** Result of a check of the documentation. */
export class DocsReport {
  /** Number of public symbols and members. */
  total = 0;
  /** Number of those that have a text. */
  documented = 0;
  /** Missing parts, with their place. */
  readonly problems: string[] = [];
  /** Text of each that has one. */
  readonly summaries: string[] = [];
  readonly #root: string;
  readonly #seen = new Set<string>();

  /**
   * Creates an empty report.
   *
   * @param root The URL of the folder whose files are checked.
   */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Adds the symbols of one entry point.
   *
   * @param entry The name of the entry point.
   * @param docs The output of `deno doc --json` for it.
   */
  add(entry: string, docs: Docs): void {
    for (const node of Object.values(docs.nodes)) {
      if (!node.module_doc?.doc) {
        this.problems.push(`${entry}: no module documentation (@module)`);
      }
      for (const symbol of node.symbols) this.#addSymbol(symbol, "");
    }
  }

  #addSymbol({ name, declarations }: PublicSymbol, prefix: string): void {
    // Readers see only the overloads of an overloaded function.
    const overloaded = declarations.some((declaration) =>
      declaration.kind === "function" && !declaration.def?.hasBody
    );
    for (const declaration of declarations) {
      const { kind, def, declarationKind } = declaration;
      if (
        declarationKind === "private" || kind === "reference" ||
        (kind === "function" && overloaded && def?.hasBody)
      ) continue;
      const full = prefix + name;
      if (!this.#addOne(full, declaration, kind === "function" && def)) {
        continue;
      }
      this.#addMembers(full, def);
      // A type alias of an object has members like an interface.
      if (kind === "typeAlias" && def?.tsType?.kind === "typeLiteral") {
        this.#addMembers(full, def.tsType.value as Declaration["def"]);
      }
    }
  }

  #addMembers(owner: string, def: Declaration["def"]): void {
    if (!def) return;
    const getters = new Set(
      def.methods?.filter(({ kind }) => kind === "getter")
        .map(({ name }) => name),
    );
    const isPublic = ({ accessibility, name, kind }: Member) =>
      (accessibility ?? "public") === "public" &&
      !(kind === "setter" && getters.has(name));
    for (const member of def.constructors?.filter(isPublic) ?? []) {
      if (member.params?.length) {
        this.#addOne(`new ${owner}`, member, { params: member.params });
      }
    }
    const methods = def.methods?.filter(isPublic) ?? [];
    const overloaded = new Set(
      methods.filter(({ functionDef }) => functionDef && !functionDef.hasBody)
        .map(({ name }) => name),
    );
    for (const member of methods) {
      if (member.functionDef?.hasBody && overloaded.has(member.name)) continue;
      // Readers know the results of these from the base class or the language.
      const known = member.isOverride || member.name.startsWith("[");
      this.#addOne(
        `${owner}.${member.name}`,
        member,
        member.kind === "method" && !known && (member.functionDef ?? member),
      );
    }
    const others = [...def.properties ?? [], ...def.members ?? []];
    for (const member of others.filter(isPublic)) {
      this.#addOne(`${owner}.${member.name}`, member, false);
    }
    for (const element of def.elements ?? []) {
      this.#addSymbol(element, `${owner}.`);
    }
  }

  /**
   * Counts one symbol; returns false if it is not ours, or was counted already.
   */
  #addOne(
    name: string,
    { jsDoc, location }: Pick<Member, "jsDoc" | "location">,
    signature: Signature | false | undefined,
  ): boolean {
    if (!location.filename.startsWith(this.#root)) return false;
    const path = location.filename.slice(this.#root.length);
    const at = `${path}:${location.line + 1} ${name}`;
    if (this.#seen.has(at)) return false;
    this.#seen.add(at);
    this.total++;
    if (!jsDoc?.doc) {
      this.problems.push(`${at}: no JSDoc`);
      return true;
    }
    this.documented++;
    this.summaries.push(jsDoc.doc);
    if (!signature) return true;
    for (const param of signature.params ?? []) {
      const name = nameOf(param);
      const documented = jsDoc.tags?.some((tag) =>
        tag.kind === "param" && tag.name === name && tag.doc
      );
      if (name && !documented) this.problems.push(`${at}: no @param ${name}`);
    }
    if (
      signature.returnType && !returnsNothing(signature.returnType) &&
      !jsDoc.tags?.some(({ kind, doc }) => kind === "return" && doc)
    ) this.problems.push(`${at}: no @returns`);
    return true;
  }
}

/** Returns the name of a parameter; a destructured one has none to document. */
function nameOf(param: Param): string | undefined {
  if (param.kind === "assign") return param.left && nameOf(param.left);
  if (param.kind === "rest") return param.arg && nameOf(param.arg);
  return param.kind === "identifier" && param.name !== "this"
    ? param.name
    : undefined;
}

/** Reports whether a function returns nothing worth describing. */
function returnsNothing(type: TsType): boolean {
  if (type.kind === "typePredicate") return true;
  if (type.kind === "keyword") {
    return type.value === "void" || type.value === "never";
  }
  if (type.kind !== "typeRef") return false;
  const { typeName, typeParams } = type.value as {
    typeName: string;
    typeParams?: TsType[];
  };
  return typeName === "Promise" && !!typeParams?.every(returnsNothing);
}

if (import.meta.main) {
  const report = new DocsReport(ROOT);
  for (const { name, path } of ENTRY_POINTS) {
    report.add(name, await denoJson<Docs>("doc", "--json", path));
  }
  for (const problem of report.problems) console.error(problem);
  console.log(
    `${report.documented}/${report.total} public symbols documented`,
  );
  if (report.problems.length > 0) Deno.exit(1);
}
