/**
 * Assembles the part of WebAssembly's text format that this package uses:
 * folded instructions, functions, one memory, exports.
 *
 * https://webassembly.github.io/spec/core/text/index.html
 *
 * @module
 */

/** A list of the text, or an atom. */
type Expression = string | Expression[];

/** Operations that only take operands. */
const PLAIN: Readonly<Record<string, readonly number[]>> = {
  "return": [0x0f],
  "i32.eqz": [0x45],
  "i32.eq": [0x46],
  "i32.ne": [0x47],
  "i32.lt_u": [0x49],
  "i32.gt_u": [0x4b],
  "i32.le_u": [0x4d],
  "i32.ge_u": [0x4f],
  "i64.ne": [0x52],
  "i32.add": [0x6a],
  "i32.sub": [0x6b],
  "i32.mul": [0x6c],
  "i32.and": [0x71],
  "i32.or": [0x72],
  "i32.shl": [0x74],
  "i32.shr_u": [0x76],
  "i64.ctz": [0x7a],
  "i64.mul": [0x7e],
  "i64.xor": [0x85],
  "i64.shl": [0x86],
  "i64.shr_u": [0x88],
  "i32.wrap_i64": [0xa7],
  // These have the numbers of memories.
  "memory.copy": [0xfc, 0x0a, 0, 0],
  "memory.fill": [0xfc, 0x0b, 0],
  // These have an alignment, which is a mere hint, and an offset.
  "i32.load": [0x28, 0, 0],
  "i64.load": [0x29, 0, 0],
  "i32.load8_u": [0x2d, 0, 0],
  "i32.load16_u": [0x2f, 0, 0],
  "i32.store": [0x36, 0, 0],
  "i64.store": [0x37, 0, 0],
  "i32.store8": [0x3a, 0, 0],
  "i32.store16": [0x3b, 0, 0],
  "v128.load": [0xfd, 0x00, 0, 0],
  "v128.store": [0xfd, 0x0b, 0, 0],
};

/** Operations with the name of a local variable or a function. */
const NAMED: Readonly<Record<string, number>> = {
  "local.get": 0x20,
  "local.set": 0x21,
  "local.tee": 0x22,
  "call": 0x10,
};

/** Operations with a label. */
const BRANCHES: Readonly<Record<string, number>> = { br: 0x0c, br_if: 0x0d };

const TYPES: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e };
/** The type of a block without results. */
const NO_RESULT = 0x40;
const END = 0x0b;

/**
 * Assembles a module.
 *
 * @param text The module in the text format.
 * @returns The module in the binary format.
 * @throws {SyntaxError} When the text has a part that is not known here.
 */
export function assembleWat(text: string): Uint8Array<ArrayBuffer> {
  const [module] = parse(text);
  if (!Array.isArray(module) || module[0] !== "module") {
    throw new SyntaxError("there is no module");
  }
  const fields = module.slice(1).map(asList);
  const functions = fields.filter(([name]) => name === "func");
  const names = functions.map(([, name]) => asText(name));
  const codes = functions.map((one) => new FunctionAssembler(one, names));
  const of = (kind: string) => fields.filter(([name]) => name === kind);
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, codes.map(({ type }) => type)),
    ...section(3, codes.map((_, index) => unsigned(index))),
    ...section(
      5,
      of("memory").map(([, pages]) => [0, ...unsigned(Number(pages))]),
    ),
    ...section(7, of("export").map((one) => exported(one, names))),
    ...section(10, codes.map(({ code }) => sized(code))),
  ]);
}

function parse(text: string): Expression[] {
  const root: Expression[] = [];
  const open = [root];
  for (const [token] of text.matchAll(/;;[^\n]*|[()]|"[^"]*"|[^\s()";]+/g)) {
    if (token.startsWith(";;")) continue;
    if (token === "(") {
      const list: Expression[] = [];
      open.at(-1)!.push(list);
      open.push(list);
    } else if (token === ")") {
      if (open.length === 1) throw new SyntaxError("a ) is too much");
      open.pop();
    } else open.at(-1)!.push(token);
  }
  if (open.length > 1) throw new SyntaxError("a ) is missing");
  return root;
}

function exported([, name, target]: Expression[], functions: string[]) {
  const text = asText(name).slice(1, -1);
  const [kind, item] = asList(target);
  return [
    ...sized([...new TextEncoder().encode(text)]),
    ...kind === "memory"
      ? [2, ...unsigned(Number(item))]
      : [0, ...unsigned(indexOf(functions, asText(item)))],
  ];
}

/** Assembles a function. */
class FunctionAssembler {
  /** Its type, and its locals and instructions, in the binary format. */
  readonly type: readonly number[];
  readonly code: readonly number[];
  readonly #functions: readonly string[];
  readonly #locals: readonly string[];
  /** Names of the blocks around an instruction, the outermost first. */
  readonly #labels: string[] = [];

  constructor([, , ...rest]: Expression[], functions: readonly string[]) {
    this.#functions = functions;
    const lists = rest.map(asList);
    const of = (kind: string) => lists.filter(([name]) => name === kind);
    const [params, results, locals] = ["param", "result", "local"].map(of) as [
      Expression[][],
      Expression[][],
      Expression[][],
    ];
    this.#locals = [...params, ...locals].map(([, name]) => asText(name));
    const types = (all: Expression[][]) =>
      vector(all.map((one) => [typeOf(asText(one.at(-1)))]));
    this.type = [0x60, ...types(params), ...types(results)];
    const body = lists.slice(params.length + results.length + locals.length);
    this.code = [
      ...vector(locals.map(([, , type]) => [1, typeOf(asText(type))])),
      ...this.#all(body),
      END,
    ];
  }

  #all(expressions: readonly Expression[]): number[] {
    return expressions.flatMap((one) => this.#one(asList(one)));
  }

  #one([name, ...rest]: Expression[]): number[] {
    const operation = asText(name);
    const plain = PLAIN[operation];
    if (plain !== undefined) return [...this.#all(rest), ...plain];
    const [first, ...operands] = rest;
    const named = NAMED[operation];
    if (named !== undefined) {
      const names = operation === "call" ? this.#functions : this.#locals;
      const index = indexOf(names, asText(first));
      return [...this.#all(operands), named, ...unsigned(index)];
    }
    const branch = BRANCHES[operation];
    if (branch !== undefined) {
      const depth = this.#labels.length - 1 -
        this.#labels.lastIndexOf(asText(first));
      if (depth === this.#labels.length) throw unknown(asText(first));
      return [...this.#all(operands), branch, ...unsigned(depth)];
    }
    switch (operation) {
      case "i32.const":
        return [0x41, ...signed(BigInt.asIntN(32, BigInt(asText(first))))];
      case "i64.const":
        return [0x42, ...signed(BigInt.asIntN(64, BigInt(asText(first))))];
      case "block":
        return this.#nested(0x02, asText(first), operands);
      case "loop":
        return this.#nested(0x03, asText(first), operands);
      case "if":
        return this.#choice(first!, operands);
      default:
        throw unknown(operation);
    }
  }

  #nested(code: number, label: string, body: readonly Expression[]): number[] {
    this.#labels.push(label);
    const inner = this.#all(body);
    this.#labels.pop();
    return [code, NO_RESULT, ...inner, END];
  }

  #choice(condition: Expression, branches: readonly Expression[]): number[] {
    const test = this.#all([condition]);
    const [yes, no] = branches.map((branch) => {
      this.#labels.push("");
      const inner = this.#all(asList(branch).slice(1));
      this.#labels.pop();
      return inner;
    });
    const otherwise = no === undefined ? [] : [0x05, ...no];
    return [...test, 0x04, NO_RESULT, ...yes!, ...otherwise, END];
  }
}

function asList(expression: Expression | undefined): Expression[] {
  if (Array.isArray(expression)) return expression;
  throw new SyntaxError(`${expression} is no list`);
}

function asText(expression: Expression | undefined): string {
  if (typeof expression === "string") return expression;
  throw new SyntaxError("a name is missing");
}

function typeOf(name: string): number {
  const type = TYPES[name];
  if (type === undefined) throw unknown(name);
  return type;
}

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw unknown(name);
  return index;
}

function unknown(name: string): SyntaxError {
  return new SyntaxError(`${name} is not known`);
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  return [id, ...sized(vector(items))];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128 of a number from 0. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push(value & 127 | 128);
  return [...bytes, value];
}

/** LEB128 of a number that may be negative. */
function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (; value < -64n || value > 63n; value >>= 7n) {
    bytes.push(Number(value & 127n | 128n));
  }
  return [...bytes, Number(value & 127n)];
}
