/**
 * Times that JavaScript's numbers cannot hold. apache-arrow reads timestamps and dates as numbers of
 * milliseconds, and throws a TypeError for those beyond 2⁵³, which the format allows and some databases
 * use for "infinity". The column can still be sent on, and its `values` can be read.
 */

import { Data, type DataType } from "apache-arrow";
import { FlightError } from "../core/flight_error.ts";
import { TYPE_ID } from "./arrow_format.ts";
import { anyType } from "./types/same_type.ts";
import { typeText } from "./types/type_text.ts";

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Names the field, row and value that cannot be read, as soon as the value is read. */
class DistantTimes extends Data {
  /** Name of the field, for error texts. */
  field = "";

  override getValid(index: number): boolean {
    if (!super.getValid(index)) return false;
    const value: unknown = this.values[index];
    if (typeof value !== "bigint" || isSafe(value, divisorOf(this.type))) {
      return true;
    }
    throw new FlightError(
      "UNIMPLEMENTED",
      `Cannot read field "${this.field}": ${value} in row ${index}, of type ${
        typeText(this.type)
      }, does not fit into a JavaScript number`,
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
 * @param field The name of the field, for error texts.
 * @param data Data of kind fixed.
 * @returns The same data. If a time does not fit into a number, reading it throws a FlightError
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

/**
 * Divisor that apache-arrow applies before it converts a time to a number; `undefined` if the value
 * is always a number.
 */
function divisorOf(type: DataType): bigint | undefined {
  const { typeId, unit } = anyType(type);
  // Milliseconds; days have 32 bits.
  if (typeId === TYPE_ID.date) return unit === 1 ? 1n : undefined;
  if (typeId !== TYPE_ID.timestamp || unit === 3) return undefined;
  return unit === 2 ? 1000n : 1n;
}

function isSafe(value: bigint, divisor: bigint | undefined): boolean {
  if (divisor === undefined) return true;
  const quotient = value / divisor;
  return quotient <= MAX_SAFE && quotient >= -MAX_SAFE;
}

/** Checks the high halves, since a bigint for each would be an allocation. */
function hasDistant(values: BigInt64Array, divisor: bigint): boolean {
  const halves = new Int32Array(
    values.buffer,
    values.byteOffset,
    2 * values.length,
  );
  const most = Number((MAX_SAFE * divisor) >> 32n);
  // Without a branch for each: the sign of a negative difference remains.
  let signs = 0;
  for (let i = 1; i < halves.length; i += 2) {
    const high = halves[i]!;
    const magnitude = high ^ high >> 31;
    signs |= most - 1 - magnitude;
  }
  return signs < 0;
}
