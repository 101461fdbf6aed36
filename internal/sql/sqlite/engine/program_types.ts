/**
 * Types of expressions and parameters, worked out from the program that SQLite compiles a statement to.
 *
 * SQLite declares no types for expressions. EXPLAIN lists the instructions and does not run them, so the
 * storage classes that can reach each register follow from them: `count(*)` is an integer, `max(name)` a
 * text.
 *
 * @see https://www.sqlite.org/opcode.html
 */

import {
  ANY,
  BLOB,
  classesOf,
  type ColumnKind,
  INTEGER,
  kindOfClasses,
  REAL,
  TEXT,
} from "./column_kind.ts";
import { type Instruction, successors } from "./program_flow.ts";

/**
 * Columns of the table or index at a page of a database.
 *
 * @returns Kinds in the order of storage, `undefined` inside for any type; `undefined` when unknown.
 */
export type StoredColumns = (
  database: number,
  page: number,
) => readonly (ColumnKind | undefined)[] | undefined;

/** Inferred properties of a statement. */
interface ProgramTypes {
  /** Kinds of the columns of the result. */
  readonly columns: readonly ColumnKind[];
  /** Kinds of the parameters by their index, from 1 on; absent where any would do. */
  readonly parameters: ReadonlyMap<number, ColumnKind>;
}

/** Rounds after which what cursors hold is taken as it is; each adds at least one class. */
const MAX_ROUNDS = 16;

/** Instructions beyond which a program is not looked at, so that large statements compile fast. */
const MAX_INSTRUCTIONS = 4000;

const INTEGER_FUNCTIONS =
  /^(count|length|octet_length|instr|unicode|random|changes|total_changes|last_insert_rowid|unixepoch|row_number|rank|dense_rank|ntile|sign|like|glob|json_valid|json_array_length|likelihood_?)$/;
const REAL_FUNCTIONS =
  /^(avg|total|julianday|percent_rank|cume_dist|round|acosh?|asinh?|atan[2h]?|cosh?|sinh?|tanh?|degrees|radians|exp|ln|log(10|2)?|pi|pow(er)?|sqrt|median|percentile.*)$/;
const TEXT_FUNCTIONS =
  /^(lower|upper|trim|ltrim|rtrim|replace|substr(ing)?|printf|format|quote|hex|typeof|char|concat(_ws)?|group_concat|string_agg|date|time|datetime|strftime|timediff|sqlite_version|sqlite_source_id|soundex|json|json_array|json_object|json_group_array|json_group_object|json_insert|json_replace|json_set|json_remove|json_patch|json_quote|json_type|json_pretty)$/;
const BLOB_FUNCTIONS = /^(randomblob|zeroblob|unhex|jsonb.*)$/;
const FIRST_ARGUMENT =
  /^(min|max|nullif|first_value|last_value|nth_value|lag|lead|likely|unlikely|likelihood)$/;
const NUMBER_FUNCTIONS = /^(sum|abs|ceil|ceiling|floor|trunc|mod)$/;

/** Contents of a register. Values that are alike are one object. */
interface Value {
  /** Storage classes of it; none for NULL. */
  readonly classes: number;
  /** Kind of the one column that it comes from. */
  readonly kind: ColumnKind | undefined;
  /** Indices of the parameters that it may be. */
  readonly variables: readonly number[];
  /** Fields, if it is a record. */
  readonly fields: readonly Value[] | undefined;
  /** Tells it from others. */
  readonly key: string;
}

/** Works out the types of a program. */
export function programTypes(
  program: readonly Instruction[],
  storedColumns: StoredColumns,
): ProgramTypes {
  if (program.length > MAX_INSTRUCTIONS) {
    return { columns: [], parameters: new Map() };
  }
  const analysis = new Analysis(program, storedColumns);
  return { columns: analysis.columns(), parameters: analysis.parameters() };
}

class Analysis {
  readonly #program: readonly Instruction[];
  readonly #values = new Map<string, Value>();
  readonly #none: Value = this.#value(0);
  /** Kinds of the columns of tables and indexes, by cursor. */
  readonly #stored = new Map<number, readonly (ColumnKind | undefined)[]>();
  /** Cursors by others on the same table. */
  readonly #originals = new Map<number, number>();
  /** Records that were put into each cursor. */
  readonly #cursors = new Map<number, Value>();
  /** Register whose record a cursor reads. */
  readonly #pseudo = new Map<number, number>();
  readonly #results: Value[] = [];
  readonly #uses = new Map<number, Set<ColumnKind>>();
  #registers: Value[] = [];

  constructor(program: readonly Instruction[], storedColumns: StoredColumns) {
    this.#program = program;
    for (const { opcode, p1, p2, p3 } of program) {
      if (/^(OpenRead|OpenWrite|ReopenIdx)$/.test(opcode)) {
        const columns = storedColumns(p3, p2);
        if (columns !== undefined) this.#stored.set(p1, columns);
      } else if (opcode === "OpenPseudo") this.#pseudo.set(p1, p2);
      else if (opcode === "OpenDup") this.#originals.set(p1, p2);
    }
    const next = successors(program);
    let before;
    let rounds = 0;
    do {
      before = this.#cursorKeys();
      this.#flow(next);
    } while (this.#cursorKeys() !== before && ++rounds < MAX_ROUNDS);
  }

  #cursorKeys(): string {
    return [...this.#cursors].map(([cursor, { key }]) => `${cursor} ${key}`)
      .join();
  }

  /** Carries the registers from instruction to instruction, until they no longer change. */
  #flow(next: readonly number[][]): void {
    const states: (Value[] | undefined)[] = [[]];
    const work = [0];
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      this.#registers = states[at]!.slice();
      this.#step(this.#program[at]!);
      for (const to of next[at]!) {
        if (to >= this.#program.length) continue;
        const known = states[to];
        if (known === undefined) states[to] = this.#registers.slice();
        else if (!this.#joinInto(known, this.#registers)) continue;
        work.push(to);
      }
    }
  }

  #joinInto(known: Value[], registers: readonly Value[]): boolean {
    let changed = false;
    registers.forEach((value, i) => {
      const joined = known[i] === undefined
        ? value
        : this.#join(known[i], value);
      if (joined === known[i]) return;
      known[i] = joined;
      changed = true;
    });
    return changed;
  }

  columns(): ColumnKind[] {
    return this.#results.map(({ classes }) => kindOfClasses(classes));
  }

  parameters(): Map<number, ColumnKind> {
    const kinds = new Map<number, ColumnKind>();
    for (const [index, uses] of this.#uses) {
      const numbers = [...uses].every((k) => k === "int64" || k === "float64");
      const [first] = uses;
      kinds.set(index, uses.size === 1 ? first! : numbers ? "float64" : "utf8");
    }
    return kinds;
  }

  #value(
    classes: number,
    kind: ColumnKind | undefined = undefined,
    variables: readonly number[] | undefined = undefined,
    fields: readonly Value[] | undefined = undefined,
  ): Value {
    const inner = fields?.map(({ key }) => key).join() ?? "";
    const key = `(${classes} ${kind ?? ""} ${variables ?? []} ${inner})`;
    let value = this.#values.get(key);
    if (value === undefined) {
      value = { classes, kind, variables: variables ?? [], fields, key };
      this.#values.set(key, value);
    }
    return value;
  }

  #join(a: Value, b: Value): Value {
    if (a === b) return a;
    const length = Math.max(a.fields?.length ?? 0, b.fields?.length ?? 0);
    const fields = Array.from({ length }, (_, i) => {
      const [x, y] = [a.fields?.[i], b.fields?.[i]];
      return x === undefined ? y! : y === undefined ? x : this.#join(x, y);
    });
    return this.#value(
      a.classes | b.classes,
      a.kind === b.kind ? a.kind : undefined,
      [...new Set([...a.variables, ...b.variables])].sort((x, y) => x - y),
      length > 0 ? fields : undefined,
    );
  }

  #get(register: number): Value {
    return this.#registers[register] ?? this.#none;
  }

  #set(register: number, classes: number): void {
    this.#registers[register] = this.#value(classes);
  }

  #copy(from: number, to: number, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#registers[to + i] = this.#get(from + i);
    }
  }

  #step(op: Instruction): void {
    const { opcode, p1, p2, p3, p4 } = op;
    this.#use(op);
    switch (opcode) {
      case "Integer":
      case "Int64":
      case "Rowid":
      case "IdxRowid":
      case "NewRowid":
      case "Sequence":
      case "Count":
      case "Not":
      case "BitNot":
      case "IsTrue":
      case "ReadCookie":
      case "Pagecount":
      case "MaxPgcnt":
        return this.#set(p2, INTEGER);
      case "Real":
        return this.#set(p2, REAL);
      case "String":
      case "String8":
      case "JournalMode":
        return this.#set(p2, TEXT);
      case "Blob":
        return this.#set(p2, BLOB);
      case "Null":
        for (let r = p2; r <= Math.max(p2, p3); r++) this.#set(r, 0);
        return;
      case "SoftNull":
        return this.#set(p1, 0);
      case "IntegrityCk":
        return this.#set(p1, TEXT);
      case "Variable":
        this.#registers[p2] = this.#value(ANY, undefined, [p1]);
        return;
      case "Move":
        return this.#copy(p1, p2, p3);
      case "Copy":
        return this.#copy(p1, p2, p3 + 1);
      case "SCopy":
      case "IntCopy":
        return this.#copy(p1, p2, 1);
      case "Concat":
        return this.#set(p3, TEXT);
      case "And":
      case "Or":
      case "BitAnd":
      case "BitOr":
      case "ShiftLeft":
      case "ShiftRight":
      case "RowSetRead":
        return this.#set(p3, INTEGER);
      case "AddImm":
        return this.#set(p1, INTEGER);
      case "Add":
      case "Subtract":
      case "Multiply":
      case "Divide":
      case "Remainder":
        return this.#set(
          p3,
          numberOf(this.#get(p1).classes, this.#get(p2).classes),
        );
      case "Cast":
        // The operand is the letter of the affinity: BLOB, TEXT, NUMERIC, INTEGER, REAL.
        return this.#set(
          p1,
          [BLOB, TEXT, INTEGER | REAL, INTEGER, REAL][p2 - 65] ?? ANY,
        );
      case "RealAffinity":
        if (this.#get(p1).classes === INTEGER) this.#set(p1, REAL);
        return;
      case "Column":
        this.#registers[p3] = this.#column(p1, p2);
        return;
      case "VColumn":
        return this.#set(p3, ANY);
      case "Param":
        return this.#set(p2, ANY);
      case "MakeRecord": {
        const fields = Array.from({ length: p2 }, (_, i) => this.#get(p1 + i));
        this.#registers[p3] = this.#value(BLOB, undefined, [], fields);
        return;
      }
      case "SorterInsert":
      case "IdxInsert":
      case "Insert":
        return this.#put(p1, this.#get(p2));
      case "SorterData":
      case "RowData":
        this.#registers[p2] = this.#records(p1) ?? this.#none;
        return;
      case "Function":
      case "PureFunc":
        return this.#set(p3, this.#functionClasses(p4, p2));
      case "AggStep":
      case "AggStep1":
        return this.#set(
          p3,
          this.#get(p3).classes | this.#functionClasses(p4, p2),
        );
      case "AggValue":
        return this.#copy(p1, p3, 1);
      case "ResultRow":
        for (let i = 0; i < p2; i++) {
          const value = this.#get(p1 + i);
          const known = this.#results[i];
          this.#results[i] = known === undefined
            ? value
            : this.#join(known, value);
        }
    }
  }

  #put(cursor: number, record: Value): void {
    const known = this.#records(cursor);
    cursor = this.#originals.get(cursor) ?? cursor;
    this.#cursors.set(cursor, known ? this.#join(known, record) : record);
  }

  #records(cursor: number): Value | undefined {
    return this.#cursors.get(this.#originals.get(cursor) ?? cursor);
  }

  #column(cursor: number, column: number): Value {
    const stored = this.#stored.get(cursor);
    if (stored !== undefined) {
      const kind = stored[column];
      return this.#value(classesOf(kind), kind);
    }
    const register = this.#pseudo.get(cursor);
    const record = register === undefined
      ? this.#records(cursor)
      : this.#get(register);
    if (record?.fields?.[column] !== undefined) return record.fields[column];
    // A cursor that this statement writes may be read before its records are known.
    const written = register !== undefined ||
      this.#program.some(({ opcode, p1 }) =>
        p1 === cursor && /^Open(Ephemeral|Autoindex|Dup)$/.test(opcode)
      );
    return written ? this.#none : this.#value(ANY);
  }

  #functionClasses(signature: string | null, first: number): number {
    const [, name = "", count] = /^(.*)\((-?\d+)\)$/.exec(signature ?? "") ??
      [];
    if (INTEGER_FUNCTIONS.test(name)) return INTEGER;
    if (REAL_FUNCTIONS.test(name)) return REAL;
    if (TEXT_FUNCTIONS.test(name)) return TEXT;
    if (BLOB_FUNCTIONS.test(name)) return BLOB;
    const { classes } = this.#get(first);
    if (NUMBER_FUNCTIONS.test(name)) return numberOf(classes, classes);
    // Of functions with any number of arguments, EXPLAIN does not tell how many there are.
    if (FIRST_ARGUMENT.test(name) && count !== "-1") return classes;
    return ANY;
  }

  /** Notes the columns that parameters are compared with or written to. */
  #use(op: Instruction): void {
    const { opcode, p1, p2, p3, p4 } = op;
    switch (opcode) {
      case "Eq":
      case "Ne":
      case "Lt":
      case "Le":
      case "Gt":
      case "Ge":
        this.#useAs(this.#get(p1), comparedKind(this.#get(p3)));
        return this.#useAs(this.#get(p3), comparedKind(this.#get(p1)));
      case "MustBeInt":
        return this.#useAs(this.#get(p1), "int64");
      case "SeekRowid":
      case "NotExists":
        return this.#useAs(this.#get(p3), "int64");
      case "SeekGE":
      case "SeekGT":
      case "SeekLE":
      case "SeekLT":
      case "IdxGE":
      case "IdxGT":
      case "IdxLE":
      case "IdxLT":
      case "Found":
      case "NotFound":
      case "NoConflict":
        return this.#useKey(opcode, p1, p3, Number(p4 ?? 0));
      case "Concat":
        this.#useAs(this.#get(p1), "utf8");
        return this.#useAs(this.#get(p2), "utf8");
      case "Function":
        if (/^(like|glob)\(/.test(p4 ?? "")) {
          this.#useAs(this.#get(p2), "utf8");
          this.#useAs(this.#get(p2 + 1), "utf8");
        }
        return;
      case "Insert":
      case "IdxInsert":
        this.#get(p2).fields?.forEach((field, i) =>
          this.#useAs(field, this.#stored.get(p1)?.[i])
        );
    }
  }

  /** The registers from `start` on are a key of a cursor; the number of a row, if it has no fields. */
  #useKey(opcode: string, cursor: number, start: number, fields: number): void {
    if (!(fields > 0)) {
      if (opcode.startsWith("Seek")) this.#useAs(this.#get(start), "int64");
      return;
    }
    const stored = this.#stored.get(cursor);
    for (let i = 0; stored && i < fields; i++) {
      this.#useAs(this.#get(start + i), stored[i]);
    }
  }

  #useAs({ variables }: Value, kind: ColumnKind | undefined): void {
    if (kind === undefined) return;
    for (const index of variables) {
      const uses = this.#uses.get(index) ?? new Set();
      this.#uses.set(index, uses.add(kind));
    }
  }
}

/** Kind of what a parameter is compared with. */
function comparedKind(
  { variables, kind, classes }: Value,
): ColumnKind | undefined {
  if (variables.length > 0) return undefined;
  if (kind !== undefined) return kind;
  return classes === ANY || classes === 0 ? undefined : kindOfClasses(classes);
}

/** Classes of the result of arithmetic. */
function numberOf(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  if (a === INTEGER && b === INTEGER) return INTEGER;
  return a === REAL || b === REAL ? REAL : INTEGER | REAL;
}
