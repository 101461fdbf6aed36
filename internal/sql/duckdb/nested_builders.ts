/** Builders of columns that have others inside. */

import type { Data, DataType } from "apache-arrow";
import { newData } from "../../arrow/arrow_objects.ts";
import type { DuckVector } from "./native.ts";
import {
  GrowingBytes,
  GrowingOffsets,
  validTest,
  VectorBuilder,
} from "./vector_builder.ts";

/** Lists and maps. */
export class ListBuilder extends VectorBuilder {
  readonly #child: VectorBuilder;
  readonly #offsets = new GrowingOffsets();

  constructor(type: DataType, child: VectorBuilder) {
    super(type);
    this.#child = child;
  }

  get bytes(): number {
    return this.#child.bytes + 4 * this.rows;
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const list = vector.listVector ?? vector;
    const isValid = validTest(list);
    for (let i = 0; i < count; i++) {
      const item = start + i;
      if (isValid(item)) {
        const offset = Number(list.entryData![2 * item]);
        const length = Number(list.entryData![2 * item + 1]);
        if (length > 0) this.#child.append(list.childVector!, offset, length);
      }
      this.#offsets.set(this.rows + i, this.#child.rows);
    }
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const offsets = this.#offsets.take(rows);
    const children = [this.#child.finish()];
    return newData(this.type, rows, nullCount, { validity, offsets, children });
  }
}

/** Arrays of a fixed length. */
export class ArrayBuilder extends VectorBuilder {
  readonly #child: VectorBuilder;
  readonly #length: number;

  constructor(type: DataType, child: VectorBuilder, length: number) {
    super(type);
    this.#child = child;
    this.#length = length;
  }

  get bytes(): number {
    return this.#child.bytes;
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const length = this.#length;
    this.#child.append(vector.childData!, start * length, count * length);
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const children = [this.#child.finish()];
    return newData(this.type, rows, nullCount, { validity, children });
  }
}

/** Structs. */
export class StructBuilder extends VectorBuilder {
  readonly #children: readonly VectorBuilder[];

  constructor(type: DataType, children: readonly VectorBuilder[]) {
    super(type);
    this.#children = children;
  }

  get bytes(): number {
    return this.#children.reduce((bytes, child) => bytes + child.bytes, 0);
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    this.#children.forEach((child, i) =>
      child.append(vector.entryVectors![i]!, start, count)
    );
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const children = this.#children.map((child) => child.finish());
    return newData(this.type, rows, nullCount, { validity, children });
  }
}

/** Unions: a struct of a tag and the members in the engine. A null is one of the first member. */
export class UnionBuilder extends VectorBuilder {
  readonly #children: readonly VectorBuilder[];
  readonly #tags = new GrowingBytes();

  constructor(type: DataType, children: readonly VectorBuilder[]) {
    super(type);
    this.#children = children;
  }

  get bytes(): number {
    return this.#children.reduce(
      (bytes, child) => bytes + child.bytes,
      this.rows,
    );
  }

  protected override appendValidity(): void {
    // A union of Arrow has none.
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const [tag, ...members] = vector.structVector!.entryVectors!;
    const tags = this.#tags.reserve(this.rows + count);
    const isValid = validTest(vector);
    for (let i = 0; i < count; i++) {
      const valid = isValid(start + i);
      tags[this.rows + i] = valid ? Number(tag!.items![start + i]) : 0;
    }
    this.#children.forEach((child, i) =>
      child.append(members[i]!, start, count)
    );
  }

  protected build(rows: number): Data {
    const bytes = this.#tags.take(rows);
    const typeIds = new Int8Array(bytes.buffer, bytes.byteOffset, rows);
    const children = this.#children.map((child) => child.finish());
    return newData(this.type, rows, 0, { typeIds, children });
  }
}
