/**
 * Finds every number, reference, length and vtable entry of a valid flatbuffer of Arrow, so that each
 * can be changed as what it is. It shares nothing with the reader that is tested.
 */

/** A slot of a table. */
export type Slot =
  | { readonly width: 1 | 2 | 4 | 8 }
  | "string"
  | { readonly table: () => TableShape }
  /** A vector of numbers or structs (`width`, in units of `unit`), or of tables. */
  | { readonly vector: number; readonly unit: 1 | 2 | 4 | 8 }
  | { readonly vectorOf: () => TableShape }
  /** A union; its type is in the slot before. */
  | { readonly union: (type: number) => TableShape | undefined };

/** The slots of a table, in their order. */
export type TableShape = readonly Slot[];

/** Place that can be changed. */
export interface Site {
  readonly kind:
    | "number"
    | "reference"
    | "length"
    | "vtable"
    | "text";
  /** Position. */
  readonly at: number;
  /** Its bytes. */
  readonly width: number;
}

/** Parts of a flatbuffer. */
export interface Anatomy {
  /** All that can be changed, each once. */
  readonly sites: readonly Site[];
  /** Positions of tables, as targets for changed references. */
  readonly tables: readonly number[];
  /** Positions of vectors, at their lengths. */
  readonly vectors: readonly number[];
}

/** Takes a flatbuffer apart. */
export function anatomyOf(bytes: Uint8Array, root: TableShape): Anatomy {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sites = new Map<number, Site>();
  const tables = new Set<number>();
  const vectors = new Set<number>();
  const add = (kind: Site["kind"], at: number, width: number): void => {
    if (width > 0) sites.set(at, { kind, at, width });
  };

  function follow(at: number): number {
    add("reference", at, 4);
    return at + view.getUint32(at, true);
  }

  function vectorAt(at: number): number {
    const start = follow(at);
    vectors.add(start);
    add("length", start, 4);
    return start;
  }

  function tableAt(at: number, shape: TableShape): void {
    const table = follow(at);
    if (tables.has(table)) return;
    tables.add(table);
    add("reference", table, 4);
    const vtable = table - view.getInt32(table, true);
    const vtableBytes = view.getUint16(vtable, true);
    for (let i = 0; i < vtableBytes; i += 2) add("vtable", vtable + i, 2);
    for (const [index, slot] of shape.entries()) {
      const entry = 4 + 2 * index;
      if (entry + 2 > vtableBytes) break;
      const offset = view.getUint16(vtable + entry, true);
      if (offset !== 0) slotAt(table + offset, slot, table, vtable + entry - 2);
    }
  }

  function slotAt(
    at: number,
    slot: Slot,
    table: number,
    before: number,
  ): void {
    if (slot === "string") {
      const start = vectorAt(at);
      add("text", start + 4, view.getUint32(start, true));
    } else if ("width" in slot) add("number", at, slot.width);
    else if ("table" in slot) tableAt(at, slot.table());
    else if ("vectorOf" in slot) {
      const start = vectorAt(at);
      for (let i = 0; i < view.getUint32(start, true); i++) {
        tableAt(start + 4 + 4 * i, slot.vectorOf());
      }
    } else if ("vector" in slot) {
      const start = vectorAt(at);
      const bytes = view.getUint32(start, true) * slot.vector;
      for (let i = 0; i < bytes; i += slot.unit) {
        add("number", start + 4 + i, slot.unit);
      }
    } else {
      const type = view.getUint16(before, true);
      const shape = slot.union(view.getUint8(table + type));
      if (shape !== undefined) tableAt(at, shape);
    }
  }

  tableAt(0, root);
  return {
    sites: [...sites.values()],
    tables: [...tables],
    vectors: [...vectors],
  };
}
