/** Determines the dictionary batches that must precede a record batch. */

import type { Data, Vector } from "apache-arrow";
import type { DictionaryBases } from "./batch_assembler.ts";
import { splitRows } from "./batch_splitter.ts";
import { concat } from "../../arrow/concat.ts";
import { emptyData } from "../../arrow/empty_data.ts";
import type {
  DictionaryLayout,
  FieldLayout,
  SchemaLayout,
} from "../../arrow/field_layout.ts";
import { sameEncoding, sameRows } from "./equal_data.ts";

/** Dictionary batch to send. */
export interface DictionaryUpdate {
  /** The id of the dictionary. */
  readonly id: number;
  /** The layout of its values. */
  readonly value: FieldLayout;
  /** Chunk with the values. */
  readonly chunk: Data;
  /** Position of the first of them in `chunk`. */
  readonly begin: number;
  /** Number of values. */
  readonly length: number;
  /** True if they are appended to those sent before. */
  readonly isDelta: boolean;
}

/** Dictionary batches of a record batch. */
interface DictionaryPlan {
  /** The dictionary batches, in order. */
  readonly updates: readonly DictionaryUpdate[];
  /** Positions of the dictionaries of the batch in those that are sent. */
  readonly bases: DictionaryBases;
  /** Call it once the updates are encoded: from then on they count as sent. */
  commit(): void;
}

/** Difference between a dictionary and its state on the wire. */
type Change =
  | { readonly kind: "none" }
  | { readonly kind: "new" }
  | { readonly kind: "more"; readonly chunks: readonly Data[] };

const NOTHING: DictionaryPlan = {
  updates: [],
  bases: new Map(),
  commit: () => {},
};

/** Remembers the dictionaries that were sent on a stream. */
export class DictionaryTracker {
  readonly #layout: SchemaLayout;
  readonly #sendsDeltas: boolean;
  readonly #maxBytes: number;
  readonly #sent = new Map<number, readonly Data[]>();

  /**
   * Makes a tracker for which nothing counts as sent.
   *
   * @param layout The layouts of the stream.
   * @param sendsDeltas True to send only the new values of a dictionary that has grown, and one of
   * several chunks chunk by chunk. Otherwise each is sent as a whole, which every reader supports.
   * @param maxBytes Most bytes of a message with a delta.
   */
  constructor(layout: SchemaLayout, sendsDeltas: boolean, maxBytes: number) {
    this.#layout = layout;
    this.#sendsDeltas = sendsDeltas;
    this.#maxBytes = maxBytes;
  }

  /**
   * Compares the dictionaries of a batch with those sent before. Nothing is sent for one that
   * equals, or is a part of, the sent one, in memory or by its values.
   *
   * Columns that share an id normally share the vector. If not, the vectors are sent one after the
   * other as one dictionary, and the indices are shifted accordingly.
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
      // Values that refer to another dictionary change their meaning once it is replaced.
      const isStale = inner.some((id) => replaced.has(id));
      const change: Change = sent === undefined || isStale
        ? { kind: "new" }
        : changeOf(dictionary, sent, chunks);
      if (change.kind === "none") {
        // The next batch more likely has this vector than the equal one.
        if (lengthOf(chunks) === lengthOf(sent!)) next.set(id, chunks);
        continue;
      }
      next.set(id, chunks);
      if (change.kind === "new" && sent !== undefined) replaced.add(id);
      updates.push(...this.#updates(dictionary, chunks, change));
    }
    return {
      updates,
      bases,
      commit: () => next.forEach((chunks, id) => this.#sent.set(id, chunks)),
    };
  }

  #updates(
    { id, value, inner }: DictionaryLayout,
    chunks: readonly Data[],
    change: Change,
  ): DictionaryUpdate[] {
    if (!this.#sendsDeltas) {
      // Chunks that refer to different dictionaries cannot be joined.
      const sent = inner.length > 0 || chunks.length === 0
        ? chunks
        : [concat(value, chunks)];
      return sent.map((chunk, i) => ({
        id,
        value,
        chunk,
        begin: 0,
        length: chunk.length,
        isDelta: i > 0,
      }));
    }
    const isMore = change.kind === "more";
    return (isMore ? change.chunks : chunks)
      .flatMap((chunk) => this.#parts(value, chunk))
      .map((part, i) => ({ id, value, ...part, isDelta: isMore || i > 0 }));
  }

  /** Cuts a chunk, so that a peer which refuses large messages takes all of them. */
  #parts(
    value: FieldLayout,
    chunk: Data,
  ): Pick<DictionaryUpdate, "chunk" | "begin" | "length">[] {
    const lengths = splitRows([value], [chunk], chunk.length, this.#maxBytes);
    let end = 0;
    return (lengths ?? [chunk.length]).map((length) => {
      end += length;
      return { chunk, begin: end - length, length };
    });
  }
}

function changeOf(
  { value, inner }: DictionaryLayout,
  sent: readonly Data[],
  chunks: readonly Data[],
): Change {
  if (startsWith(sent, chunks)) return { kind: "none" };
  if (startsWith(chunks, sent)) {
    return { kind: "more", chunks: chunks.slice(sent.length) };
  }
  // Equal indices of two dictionaries inside may mean different values.
  if (inner.length > 0) return { kind: "new" };
  // Chunks that are the same need not be compared value by value.
  let same = 0;
  while (
    same < sent.length && same < chunks.length &&
    sameEncoding(sent[same]!, chunks[same]!)
  ) same++;
  const [oldTail, newTail] = [sent.slice(same), chunks.slice(same)];
  const [before, now] = [lengthOf(oldTail), lengthOf(newTail)];
  const isSame = sameRows(
    value,
    concat(value, oldTail),
    concat(value, newTail),
    Math.min(before, now),
  );
  if (!isSame) return { kind: "new" };
  return now <= before
    ? { kind: "none" }
    : { kind: "more", chunks: chunksFrom(newTail, before) };
}

/** Finds the dictionaries of a column, and those inside them. */
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

/** Merges several vectors into one dictionary. */
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

/**
 * Returns the chunks, or one without values: every dictionary must be sent before the first batch.
 */
function chunksToSend(
  { value }: DictionaryLayout,
  sent: readonly Data[] | undefined,
  chunks: readonly Data[],
): readonly Data[] {
  return chunks.length > 0 || sent !== undefined ? chunks : [emptyData(value)];
}

/** Reports whether `chunks`, from `start` on, begin with `prefix`. */
function startsWith(
  chunks: readonly Data[],
  prefix: readonly Data[],
  start = 0,
): boolean {
  return start + prefix.length <= chunks.length &&
    prefix.every((chunk, index) => sameEncoding(chunk, chunks[start + index]!));
}

function lengthOf(chunks: readonly Data[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** Returns the chunks without their first `rows` rows. */
function chunksFrom(chunks: readonly Data[], rows: number): Data[] {
  const left: Data[] = [];
  let begin = rows;
  for (const chunk of chunks) {
    const { length } = chunk;
    if (begin === 0) left.push(chunk);
    else if (begin < length) left.push(chunk.slice(begin, length - begin));
    begin = Math.max(0, begin - length);
  }
  return left;
}
