/**
 * Times that JavaScript's numbers cannot hold. apache-arrow reads timestamps and dates as numbers of
 * milliseconds, and throws a TypeError for those beyond 2⁵³, which the format allows and some databases
 * use for "infinity". The column can still be sent on, and its `values` can be read.
 */

import { Data, type DataType } from "apache-arrow";
import { FlightError } from "../core/flight_error.ts";
import { TYPE_ID } from "./arrow_format.ts";
import { anyType } from "./same_type.ts";

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Says which field, row and value cannot be read, as soon as the value is. */
class DistantTimes extends Data {
  /** The name of the field, for texts. */
  field = "";

  override getValid(index: number): boolean {
    if (!super.getValid(index)) return false;
    const value: unknown = this.values[index];
    if (typeof value !== "bigint" || isSafe(value, divisorOf(this.type))) {
      return true;
    }
    throw new FlightError(
      "UNIMPLEMENTED",
      `Cannot read field "${this.field}": ${value} in row ${index}, of type ${this.type}, is beyond what JavaScript's numbers hold`,
      { origin: "local" },
    );
  }

  override slice(offset: number, length: number): Data {
    return withField(super.slice(offset, length), this.field);
  }
}

/**
 * Makes data of times safe to be read.
 *
 * @param field The name of the field, for texts.
 * @param data Data of kind fixed.
 * @returns The same data; where it has times that numbers cannot hold, reading one throws a FlightError
 * with the code UNIMPLEMENTED.
 */
export function guardTimes(field: string, data: Data): Data {
  const divisor = divisorOf(data.type);
  return divisor !== undefined && hasDistant(data.values, divisor)
    ? withField(data, field)
    : data;
}

function withField(data: Data, field: string): Data {
  return Object.assign(Object.setPrototypeOf(data, DistantTimes.prototype), {
    field,
  });
}

/** What apache-arrow divides by before it makes a number of a time; `undefined` where that always is one. */
function divisorOf(type: DataType): bigint | undefined {
  const { typeId, unit } = anyType(type);
  // Milliseconds; of days there are 32 bits.
  if (typeId === TYPE_ID.date) return unit === 1 ? 1n : undefined;
  if (typeId !== TYPE_ID.timestamp || unit === 3) return undefined;
  return unit === 2 ? 1000n : 1n;
}

function isSafe(value: bigint, divisor: bigint | undefined): boolean {
  if (divisor === undefined) return true;
  const quotient = value / divisor;
  return quotient <= MAX_SAFE && quotient >= -MAX_SAFE;
}

/** Looks at the high halves, since a bigint for each would be an allocation. */
function hasDistant(values: BigInt64Array, divisor: bigint): boolean {
  const halves = new Int32Array(
    values.buffer,
    values.byteOffset,
    2 * values.length,
  );
  const most = Number((MAX_SAFE * divisor) >> 32n);
  for (let i = 1; i < halves.length; i += 2) {
    if (halves[i]! >= most || halves[i]! < -most) return true;
  }
  return false;
}
