/**
 * Flatbuffer RecordBatch and body → Data. Everything that the header claims is checked against the
 * schema and the body before memory is touched, and nothing is allocated for a claim alone.
 */

import type { Data, Vector } from "apache-arrow";
import { METADATA_VERSION } from "../../arrow/arrow_format.ts";
import { bitmapBytes } from "../../arrow/bitmap.ts";
import { BatchBuffers } from "./batch_buffers.ts";
import type { CompressedBody } from "../compression/compressed_body.ts";
import { cannotDecodeYet } from "../../arrow/codec_error.ts";
import { guardTimes } from "../../arrow/distant_times.ts";
import { emptyData } from "../../arrow/empty_data.ts";
import type {
  DictionaryLayout,
  FieldLayout,
} from "../../arrow/field_layout.ts";
import type { RunEnds } from "../../arrow/encodings/run_ends.ts";
import type { LoadLimits } from "./load_budget.ts";
import type { OpenMessage } from "./message_reader.ts";
import { rebuiltPart } from "./rebuilt_part.ts";
import { newData, newPlainData, newVector } from "../../arrow/arrow_objects.ts";
import { anyType } from "../../arrow/types/same_type.ts";
import {
  badOffsets,
  checkViews,
  firstBadIndex,
  firstBadUnionRow,
  type Indices,
  type Offsets,
} from "../../arrow/checks/value_checks.ts";

/** Returns the dictionary of a column; `undefined` if it has not arrived. */
export type FindDictionary = (
  dictionary: DictionaryLayout,
  indexWidth: number,
) => Vector | undefined;

/** Loads the columns of one message. */
export class BatchLoader {
  readonly #buffers: BatchBuffers;
  readonly #version: number;
  readonly #findDictionary: FindDictionary;

  /**
   * Opens the record batch of a message.
   *
   * @param message The message; its reader has the name for error texts.
   * @param table The position of flatbuffer RecordBatch.
   * @param body The body.
   * @param findDictionary Returns the dictionaries of columns.
   * @param limits Limits for its arrays.
   * @throws {FlightError} UNIMPLEMENTED for an unknown codec, RESOURCE_EXHAUSTED beyond a limit.
   */
  constructor(
    message: OpenMessage,
    table: number,
    body: Uint8Array,
    findDictionary: FindDictionary,
    limits: LoadLimits,
  ) {
    this.#version = message.version;
    this.#findDictionary = findDictionary;
    this.#buffers = new BatchBuffers(message, table, body, limits);
  }

  /** Number of rows, as the header states it. */
  get rows(): number {
    return this.#buffers.rows;
  }

  /** The body, if its buffers are compressed. */
  get compressed(): CompressedBody | undefined {
    return this.#buffers.compressed;
  }

  /**
   * Loads the columns, which must use all nodes and buffers of the header.
   *
   * @throws {FlightError} When header, body and layouts do not fit together.
   * @throws {MissingPart} For a column that needs {@linkcode rebuiltPart}, until that was loaded.
   */
  load(fields: readonly FieldLayout[]): Data[] {
    const columns: Data[] = [];
    for (const field of fields) {
      const column = this.#load(field);
      if (column.length !== this.rows) {
        this.#buffers.failWhole(
          `field "${field.name}" has ${column.length} rows, the batch ${this.rows}`,
        );
      }
      columns.push(column);
    }
    this.#buffers.checkEnd();
    return columns;
  }

  /** Number of bytes that rows take which stand for others. */
  get plainBytes(): number {
    return this.#buffers.budget.plain.used;
  }

  #load(layout: FieldLayout): Data {
    this.#buffers.path.push(layout.name);
    this.#buffers.nextNode();
    const { wire } = layout;
    const data = wire === undefined
      ? this.#loadKind(layout)
      : wire.kind === "list view"
      ? this.#listView(layout)
      : this.#runs(layout, wire.runEnds, wire.values);
    this.#buffers.path.pop();
    return data;
  }

  #loadKind(layout: FieldLayout): Data {
    const { type, kind } = layout;
    const length = this.#buffers.length;
    if (kind === "null") return newData(type, length, length, {});
    if (kind === "sparse" || kind === "dense") return this.#union(layout);
    const nullCount = this.#buffers.nullCount;
    const validity = this.#buffers.validity();
    switch (kind) {
      case "fixed":
        return this.#fixed(layout, length, nullCount, validity);
      case "bool": {
        const values = this.#buffers.typed(Uint8Array, bitmapBytes(length));
        return newPlainData(type, length, nullCount, validity, values);
      }
      case "binary": {
        const offsets = this.#buffers.offsets(layout.width, length);
        this.#buffers.nextBuffer();
        this.#checkOffsets(offsets, length, this.#buffers.size, "bytes");
        const values = this.#buffers.bytes();
        return newData(type, length, nullCount, { validity, offsets, values });
      }
      case "view":
        return this.#view(layout, length, nullCount, validity);
      case "list": {
        const offsets = this.#buffers.offsets(layout.width, length);
        const child = this.#load(layout.children[0]!);
        this.#checkOffsets(offsets, length, child.length, "values");
        const children = [child];
        return newData(type, length, nullCount, {
          validity,
          offsets,
          children,
        });
      }
      case "fixed list": {
        const children = this.#children(layout, length * layout.width);
        return newData(type, length, nullCount, { validity, children });
      }
      case "struct": {
        const children = this.#children(layout, length);
        return newData(type, length, nullCount, { validity, children });
      }
    }
  }

  #runs(
    layout: FieldLayout,
    endsLayout: FieldLayout,
    valuesLayout: FieldLayout,
  ): Data {
    const { checkedRunEnds, plainRows, viewedBytes } = rebuiltPart.needed();
    const { length, nullCount, budget, path } = this.#buffers;
    if (nullCount > 0) {
      this.#buffers.fail(
        `${nullCount} rows are null, but only values of runs can be`,
      );
    }
    const runEnds = this.#load(endsLayout);
    if (runEnds.nullCount > 0) {
      this.#buffers.fail(`${runEnds.nullCount} ends of runs are null`);
    }
    const values = this.#load(valuesLayout);
    if (values.length < runEnds.length) {
      this.#buffers.fail(
        `it has ${runEnds.length} runs, but ${values.length} values`,
      );
    }
    const ends = checkedRunEnds(runEnds.values as RunEnds, length);
    if (typeof ends === "string") return this.#buffers.fail(ends);
    const data = plainRows(layout, { ends, values }, budget.plain);
    if (layout.kind === "view") {
      budget.addViewed(path, viewedBytes(data, 0, length));
    }
    return data;
  }

  #listView(layout: FieldLayout): Data {
    const { checkedViews, listsOf, valuesInLists } = rebuiltPart.needed();
    const { length, nullCount, budget, path } = this.#buffers;
    const validity = this.#buffers.validity();
    const type = layout.width === 8 ? BigInt64Array : Int32Array;
    const offsets = this.#buffers.typed<Offsets>(type, length);
    const sizes = this.#buffers.typed<Offsets>(type, length);
    const values = this.#load(layout.children[0]!);
    const views = checkedViews(offsets, sizes, validity, values.length);
    if (typeof views === "number") {
      return this.#buffers.fail(
        `the list of row ${views} has ${sizes[views]} values from ${
          offsets[views]
        } on, of ${values.length}`,
      );
    }
    // Lists may overlap, so that few values stand for many.
    const sum = valuesInLists(views);
    budget.checkArray(path, sum);
    const lists = listsOf(layout, views, sum, values, budget.plain);
    return newData(layout.type, length, nullCount, {
      validity,
      offsets: lists.offsets,
      children: [lists.child],
    });
  }

  #fixed(
    layout: FieldLayout,
    length: number,
    nullCount: number,
    validity: Uint8Array,
  ): Data {
    const { type, width, dictionary } = layout;
    const perRow = width / layout.values.BYTES_PER_ELEMENT;
    const values = this.#buffers.typed<ArrayBufferView>(
      layout.values,
      length * perRow,
    );
    if (dictionary === undefined) {
      const data = newPlainData(type, length, nullCount, validity, values);
      return guardTimes(layout.name, data);
    }
    const vector = this.#findDictionary(dictionary, width);
    const data = newData(type, length, nullCount, {
      validity,
      values,
      dictionary: vector ?? newVector([emptyData(dictionary.value)]),
    });
    if (vector === undefined && data.nullCount < length) {
      this.#buffers.fail(
        `${this.#buffers.what} arrived before dictionary ${dictionary.id}`,
      );
    }
    const available = vector?.length ?? 0;
    const row = firstBadIndex(values as Indices, length, validity, available);
    if (row >= 0) {
      this.#buffers.fail(
        `row ${row} refers to value ${
          (values as Indices)[row]
        } of dictionary ${dictionary.id}, which has ${available}`,
      );
    }
    return data;
  }

  #view(
    layout: FieldLayout,
    length: number,
    nullCount: number,
    validity: Uint8Array,
  ): Data {
    const values = this.#buffers.typed(Uint8Array, 16 * length);
    const variadic = this.#buffers.variadic();
    const { badRow, bytes } = checkViews(
      values,
      length,
      validity,
      variadic,
      this.#buffers.budget.viewsLeft,
    );
    if (badRow >= 0) {
      this.#buffers.fail(`row ${badRow} refers to bytes that are not there`);
    }
    this.#buffers.budget.addViewed(this.#buffers.path, bytes);
    return newData(layout.type, length, nullCount, {
      validity,
      values,
      variadic,
    });
  }

  #union(layout: FieldLayout): Data {
    const length = this.#buffers.length;
    if (this.#version < METADATA_VERSION.v5) {
      // Until V5 unions had a validity bitmap of their own.
      if (this.#buffers.nullCount > 0) {
        throw cannotDecodeYet(
          this.#buffers.what,
          `field "${
            this.#buffers.path.join(".")
          }": nulls of a union itself (metadata version V4) are not supported`,
        );
      }
      this.#buffers.validity();
    }
    const dense = layout.kind === "dense";
    const typeIds = this.#buffers.typed<Int8Array>(Int8Array, length);
    const offsets = dense
      ? this.#buffers.typed<Int32Array>(Int32Array, length)
      : undefined;
    const children = this.#children(layout, dense ? 0 : length, dense);
    const row = firstBadUnionRow(
      typeIds,
      offsets,
      length,
      anyType(layout.type).typeIds,
      children.map((child) => child.length),
    );
    if (row >= 0) {
      this.#buffers.fail(
        `row ${row} refers to a value that is not there (type id ${
          typeIds[row]
        }${offsets === undefined ? "" : `, offset ${offsets[row]}`})`,
      );
    }
    // Its nulls are those of its children.
    return newData(layout.type, length, 0, { typeIds, offsets, children });
  }

  /** Loads the children, of `length` rows each unless `any` length is fine. */
  #children(layout: FieldLayout, length: number, any = false): Data[] {
    const children: Data[] = [];
    for (const childLayout of layout.children) {
      let child = this.#load(childLayout);
      if (!any && child.length !== length) {
        if (child.length < length) {
          this.#buffers.fail(
            `its child "${childLayout.name}" has ${child.length} rows instead of ${length}`,
          );
        }
        child = child.slice(0, length);
      }
      children.push(child);
    }
    return children;
  }

  /** Checks offsets into `available` bytes or values. */
  #checkOffsets(
    offsets: Offsets,
    length: number,
    available: number,
    what: string,
  ): void {
    const problem = badOffsets(offsets, length, available, what);
    if (problem !== undefined) this.#buffers.fail(problem);
  }
}
