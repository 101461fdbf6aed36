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
