/** Decides which dictionary batches have to precede a record batch. */

import type { Data, Vector } from "apache-arrow";
import type { DictionaryBases } from "./batch_assembler.ts";
import { emptyData } from "./empty_data.ts";
import type {
  DictionaryLayout,
  FieldLayout,
  SchemaLayout,
} from "./field_layout.ts";

/** A dictionary batch to be sent. */
export interface DictionaryUpdate {
  /** The id of the dictionary. */
  readonly id: number;
  /** The layout of its values. */
  readonly value: FieldLayout;
  /** The values. */
  readonly chunk: Data;
  /** Whether they are appended to those sent before. */
  readonly isDelta: boolean;
}

/** What has to be sent before a record batch. */
export interface DictionaryPlan {
  /** The dictionary batches, in order. */
  readonly updates: readonly DictionaryUpdate[];
  /** Where the dictionaries of the batch begin in those that are sent. */
  readonly bases: DictionaryBases;
  /** What is called once the updates are encoded: from then on they count as sent. */
  commit(): void;
}

const NOTHING: DictionaryPlan = {
  updates: [],
  bases: new Map(),
  commit: () => {},
};

/** Remembers the dictionaries that were sent on a stream. */
export class DictionaryTracker {
  readonly #layout: SchemaLayout;
  readonly #sent = new Map<number, readonly Data[]>();

  /**
   * Nothing counts as sent yet.
   *
   * @param layout The layouts of the stream.
   */
  constructor(layout: SchemaLayout) {
    this.#layout = layout;
  }

  /**
   * Compares the dictionaries of a batch with those sent before: nothing is sent for one that is the
   * same or a part of it, deltas for one that continues it, and a replacement for any other.
   *
   * Columns that share an id normally share the vector. Where they do not, the vectors are sent one
   * after the other as one dictionary, and the indices are counted from where each begins.
   *
   * @param columns The columns of the batch.
   */
  plan(columns: readonly (Data | undefined)[]): DictionaryPlan {
    const { fields, dictionaries } = this.#layout;
    if (dictionaries.size === 0) return NOTHING;
    const found = new Map<number, Set<Vector>>();
    for (const [index, field] of fields.entries()) {
      collect(field, columns[index], found);
    }
    const updates: DictionaryUpdate[] = [];
    const bases = new Map<number, Map<Vector, number>>();
    const next = new Map<number, readonly Data[]>();
    const replaced = new Set<number>();
    for (const dictionary of dictionaries.values()) {
      const { id, inner } = dictionary;
      const merged = merge(found.get(id) ?? []);
      if (merged.bases.size > 0) bases.set(id, merged.bases);
      const sent = this.#sent.get(id);
      const chunks = chunksToSend(dictionary, sent, merged.chunks);
      // Values that refer to another dictionary mean something else once it is replaced.
      const isStale = inner.some((id) => replaced.has(id));
      if (!isStale && sent !== undefined && startsWith(sent, chunks)) continue;
      const continues = !isStale && sent !== undefined &&
        startsWith(chunks, sent);
      if (sent !== undefined && !continues) replaced.add(id);
      for (let i = continues ? sent.length : 0; i < chunks.length; i++) {
        const chunk = chunks[i]!;
        updates.push({ id, value: dictionary.value, chunk, isDelta: i > 0 });
      }
      next.set(id, chunks);
    }
    return {
      updates,
      bases,
      commit: () => next.forEach((chunks, id) => this.#sent.set(id, chunks)),
    };
  }
}

/** Finds the dictionaries of a column, and those inside of them. */
function collect(
  layout: FieldLayout,
  data: Data | undefined,
  found: Map<number, Set<Vector>>,
): void {
  if (!layout.hasDictionaries || data === undefined) return;
  const { dictionary, children } = layout;
  if (dictionary === undefined) {
    for (let i = 0; i < children.length; i++) {
      collect(children[i]!, data.children[i], found);
    }
    return;
  }
  const vector = data.dictionary;
  if (vector === undefined || vector === null) return;
  let vectors = found.get(dictionary.id);
  if (vectors === undefined) {
    found.set(dictionary.id, vectors = new Set());
  }
  if (vectors.has(vector)) return;
  vectors.add(vector);
  for (const chunk of vector.data) collect(dictionary.value, chunk, found);
}

/** Makes one dictionary of several vectors. */
function merge(
  vectors: Iterable<Vector>,
): { chunks: readonly Data[]; bases: Map<Vector, number> } {
  let chunks: readonly Data[] = [];
  const bases = new Map<Vector, number>();
  for (const vector of vectors) {
    const own = vector.data.filter(({ length }) => length > 0);
    if (startsWith(own, chunks)) {
      chunks = own;
      continue;
    }
    let [start, base] = [0, 0];
    while (start < chunks.length && !startsWith(chunks, own, start)) {
      base += chunks[start++]!.length;
    }
    if (start === chunks.length) chunks = [...chunks, ...own];
    if (base > 0 && own.length > 0) bases.set(vector, base);
  }
  return { chunks, bases };
}

/** The chunks, or one without values: every dictionary has to be there before the first batch. */
function chunksToSend(
  { value }: DictionaryLayout,
  sent: readonly Data[] | undefined,
  chunks: readonly Data[],
): readonly Data[] {
  return chunks.length > 0 || sent !== undefined ? chunks : [emptyData(value)];
}

/** Whether `chunks`, from `start` on, begin with `prefix`. */
function startsWith(
  chunks: readonly Data[],
  prefix: readonly Data[],
  start = 0,
): boolean {
  return start + prefix.length <= chunks.length &&
    prefix.every((chunk, index) => sameChunk(chunk, chunks[start + index]!));
}

/** Whether two chunks are the same, or views of the same memory. */
function sameChunk(a: Data, b: Data): boolean {
  return a === b ||
    a.length === b.length && a.offset === b.offset && a.length > 0 &&
      sameView(a.values, b.values) &&
      sameView(a.valueOffsets, b.valueOffsets) &&
      sameView(a.nullBitmap, b.nullBitmap) &&
      sameView(a.typeIds, b.typeIds) &&
      a.dictionary === b.dictionary &&
      a.children.length === b.children.length &&
      a.children.every((child, index) =>
        sameChunk(child, b.children[index]!)
      ) &&
      sameViews(a.variadicBuffers ?? [], b.variadicBuffers ?? []);
}

function sameViews(
  a: readonly ArrayBufferView[],
  b: readonly ArrayBufferView[],
): boolean {
  return a.length === b.length &&
    a.every((view, index) => sameView(view, b[index]));
}

function sameView(
  a: ArrayBufferView | undefined,
  b: ArrayBufferView | undefined,
): boolean {
  return a === b ||
    a !== undefined && b !== undefined && a.buffer === b.buffer &&
      a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;
}
