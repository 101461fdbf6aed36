/** Gathers bytes in memory that is used again for every input. */

let memory: Uint8Array = new Uint8Array(1 << 16);

/** Bytes that are being written; one at a time. */
export class ByteSink {
  /** Number of bytes. */
  length = 0;

  /** A copy of them. */
  take(): Uint8Array {
    return memory.slice(0, this.length);
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.#reserve(1);
    memory[this.length++] = value;
  }

  /** Writes a text whose characters are octets. */
  octets(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      memory[this.length++] = text.charCodeAt(i);
    }
  }

  /** Writes bytes. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    memory.set(bytes, this.length);
    this.length += bytes.length;
  }

  /**
   * Writes a varint of protobuf.
   *
   * @param padding How many bytes longer it is than it need be.
   */
  varint(value: number, padding: number): void {
    if (value < 0) {
      return this.bigVarint(BigInt.asUintN(64, BigInt(value)), padding);
    }
    this.#reserve(10 + padding);
    for (; value >= 0x80; value = Math.floor(value / 0x80)) {
      memory[this.length++] = value % 0x80 | 0x80;
    }
    this.#last(value, padding);
  }

  /** Writes a varint of any 64-bit integer. */
  bigVarint(value: bigint, padding: number): void {
    if (value <= Number.MAX_SAFE_INTEGER) {
      return this.varint(Number(value), padding);
    }
    this.#reserve(10 + padding);
    for (; value >= 0x80n; value >>= 7n) {
      memory[this.length++] = Number(value & 0x7fn) | 0x80;
    }
    this.#last(Number(value), padding);
  }

  /** Writes a varint before what was written from `start` on. */
  insertVarint(start: number, value: number, padding: number): void {
    const end = this.length;
    this.varint(value, padding);
    const bytes = this.length - end;
    this.#reserve(bytes);
    memory.copyWithin(this.length, end, this.length);
    memory.copyWithin(start + bytes, start, end);
    memory.copyWithin(start, this.length, this.length + bytes);
  }

  #last(value: number, padding: number): void {
    for (let i = 0; i < padding; i++) {
      memory[this.length++] = value | 0x80;
      value = 0;
    }
    memory[this.length++] = value;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= memory.length) return;
    const larger = new Uint8Array(2 * (this.length + bytes));
    larger.set(memory);
    memory = larger;
  }
}
