/** The order in which the instructions of a compiled statement can run. */

/** One row of EXPLAIN. */
export interface Instruction {
  /** Name of the instruction. */
  readonly opcode: string;
  /** First operand. */
  readonly p1: number;
  /** Second operand. */
  readonly p2: number;
  /** Third operand. */
  readonly p3: number;
  /** Fourth operand. */
  readonly p4: string | null;
}

/** Instructions that go on at `p2` or behind themselves. */
const BRANCHES: ReadonlySet<string> = new Set(
  `Once If IfNot IsNull NotNull IsType IfNullRow MustBeInt SeekLT SeekLE SeekGE SeekGT SeekScan IfNotOpen
   IfNoHope NoConflict NotFound Found SeekRowid NotExists Last IfSizeBetween SorterSort Sort Rewind IfEmpty
   SorterNext Prev Next IdxLE IdxGT IdxLT IdxGE RowSetRead RowSetTest Program FkIfZero IfPos IfNotZero
   DecrJumpZero IncrVacuum VFilter VNext Filter Eq Ne Lt Le Gt Ge ElseEq Init CursorHint`
    .split(/\s+/),
);

/**
 * Lists the instructions that can follow each one. If the engine returns to an address in a
 * register, every address that can be in it counts.
 */
export function successors(program: readonly Instruction[]): number[][] {
  /**
   * Continuations of calls of a subroutine, and of yields to a coroutine, by the register of the
   * address.
   */
  const resumed = new Map<number, number[]>();
  const ended = new Map<number, number[]>();
  program.forEach(({ opcode, p1, p2, p3 }, i) => {
    if (opcode === "Gosub" || opcode === "Yield") add(resumed, p1, i + 1);
    if (opcode === "InitCoroutine") add(resumed, p1, p3);
    if (opcode === "BeginSubrtn") add(resumed, p2, i + 1);
    if (opcode === "Yield") add(ended, p1, p2);
  });
  return program.map(({ opcode, p1, p2, p3 }, i) => {
    switch (opcode) {
      case "Goto":
        return [p2];
      case "Init":
        return [p2 > 0 ? p2 : i + 1];
      case "Halt":
        return [];
      case "Jump":
        return [p1, p2, p3];
      case "Gosub":
        return [p2, i + 1];
      case "Return":
        return [...resumed.get(p1) ?? [], i + 1];
      case "InitCoroutine":
        return [p2 > 0 ? p2 : i + 1, p3];
      case "Yield":
        return [...resumed.get(p1) ?? [], p2, i + 1];
      case "EndCoroutine":
        return ended.get(p1) ?? [];
      default:
        return BRANCHES.has(opcode) ? [i + 1, p2] : [i + 1];
    }
  });
}

function add(map: Map<number, number[]>, key: number, address: number): void {
  const list = map.get(key) ?? [];
  map.set(key, list);
  list.push(address);
}

/** Most instructions of a point query: longer ones take longer. */
const MAX_POINT_INSTRUCTIONS = 200;

/** Instructions whose time does not depend on the number of rows that are stored, but for its logarithm. */
const BRIEF: ReadonlySet<string> = new Set(
  `Init Transaction Goto Halt Noop Explain Once OpenRead ReopenIdx Close Variable Integer Int64 Real String8
   String Null Blob Move Copy SCopy Cast Affinity RealAffinity CollSeq MustBeInt IsNull NotNull IsType If IfNot
   IfNullRow NullRow Eq Ne Lt Le Gt Ge ElseEq Add Subtract Multiply Divide Remainder And Or Not SeekRowid
   NotExists SeekLT SeekLE SeekGE SeekGT Found NotFound IdxLE IdxGT IdxLT IdxGE DeferredSeek FinishSeek IdxRowid
   Rowid Column ResultRow DecrJumpZero IfPos`.split(/\s+/),
);

/**
 * Reports whether a program looks up a few rows by keys: it runs each of its instructions once at most, and all
 * of them are brief. It reads nothing but the file.
 */
export function isPointQuery(program: readonly Instruction[]): boolean {
  return program.length <= MAX_POINT_INSTRUCTIONS &&
    program.every(({ opcode, p3 }) =>
      BRIEF.has(opcode) &&
      (p3 === 0 || (opcode !== "OpenRead" && opcode !== "ReopenIdx"))
    ) && !hasCycle(successors(program));
}

/** Reports whether an instruction can run twice. */
function hasCycle(next: readonly number[][]): boolean {
  const state = new Uint8Array(next.length);
  const OPEN = 1;
  const DONE = 2;
  const visit = (at: number): boolean => {
    if (at >= next.length || state[at] === DONE) return false;
    if (state[at] === OPEN) return true;
    state[at] = OPEN;
    if (next[at]!.some(visit)) return true;
    state[at] = DONE;
    return false;
  };
  return visit(0);
}
