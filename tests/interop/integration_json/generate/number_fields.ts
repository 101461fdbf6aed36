/**
 * Fields of numbers and of times, which are numbers too.
 *
 * @module
 */
import {
  jsonInteger,
  type JsonTimeUnit,
  type JsonType,
  type JsonValue,
} from "../json_document.ts";
import {
  type FieldGenerator,
  fieldOf,
  type FieldOptions,
  validity,
  valuesField,
} from "./field_generator.ts";
import type { Random } from "./random.ts";

/** From 0001-01-01 to 9999-12-31. */
const DAYS: Range = [-719_162n, 2_932_896n];
const SECONDS_PER_DAY = 86_400n;
const INT64: Range = [-(2n ** 63n), 2n ** 63n - 1n];

/** Number of each unit in a second. */
const PER_SECOND: Readonly<Record<JsonTimeUnit, bigint>> = {
  SECOND: 1n,
  MILLISECOND: 1_000n,
  MICROSECOND: 1_000_000n,
  NANOSECOND: 1_000_000_000n,
};

/** The least and the largest value. */
type Range = readonly [low: bigint, high: bigint];

/** Integers of a range; its ends come first. Those of 64 bits are text. */
function integers(
  name: string,
  type: JsonType,
  options: FieldOptions,
  { bitWidth, range, step = 1n }: {
    readonly bitWidth: number;
    readonly range: Range;
    readonly step?: bigint;
  },
): FieldGenerator {
  return valuesField(name, type, options, (random, row) => {
    const value = step * (range[row] ?? random.bigint(...range));
    return bitWidth === 64 ? String(value) : Number(value);
  });
}

/** A type of integers. */
export function intType(isSigned: boolean, bitWidth: 8 | 16 | 32 | 64) {
  return { name: "int", isSigned, bitWidth } as const;
}

/** A field of integers, such as "uint8". */
export function int(
  name: string,
  isSigned: boolean,
  bitWidth: 8 | 16 | 32 | 64,
  options: FieldOptions = {},
): FieldGenerator {
  const low = isSigned ? -(2n ** BigInt(bitWidth - 1)) : 0n;
  const range = [low, low + 2n ** BigInt(bitWidth) - 1n] as const;
  return integers(name, intType(isSigned, bitWidth), options, {
    bitWidth,
    range,
  });
}

/** A field of int32. */
export function int32(name: string, options?: FieldOptions): FieldGenerator {
  return int(name, true, 32, options);
}

/** A field of booleans. */
export function bool(
  name: string,
  options: FieldOptions = {},
): FieldGenerator {
  return valuesField(
    name,
    { name: "bool" },
    options,
    (random) => random.oneIn(2),
  );
}

/** A field of floats. They are eighths, which no reader has to round. */
export function float(
  name: string,
  precision: "HALF" | "SINGLE" | "DOUBLE",
  options: FieldOptions = {},
): FieldGenerator {
  const most = precision === "HALF" ? 2 ** 10 : 2 ** 23;
  return valuesField(
    name,
    { name: "floatingpoint", precision },
    options,
    (random) => random.integer(-most, most) / 8,
  );
}

/** A field of decimals: unscaled integers of up to `precision` digits. */
export function decimal(
  name: string,
  bitWidth: number,
  precision: number,
  scale: number,
): FieldGenerator {
  const most = 10n ** BigInt(precision) - 1n;
  return valuesField(
    name,
    { name: "decimal", precision, scale, bitWidth },
    {},
    (random, row) => String([-most, most][row] ?? random.bigint(-most, most)),
  );
}

/** A field of dates. */
export function date(
  name: string,
  unit: "DAY" | "MILLISECOND",
): FieldGenerator {
  return integers(name, { name: "date", unit }, {}, {
    range: DAYS,
    ...(unit === "DAY"
      ? { bitWidth: 32 }
      : { bitWidth: 64, step: SECONDS_PER_DAY * 1_000n }),
  });
}

/** A field of times of the day. */
export function time(name: string, unit: JsonTimeUnit): FieldGenerator {
  const bitWidth = unit === "SECOND" || unit === "MILLISECOND" ? 32 : 64;
  return integers(name, { name: "time", unit, bitWidth }, {}, {
    bitWidth,
    range: [0n, SECONDS_PER_DAY * PER_SECOND[unit] - 1n],
  });
}

/** A field of timestamps. */
export function timestamp(
  name: string,
  unit: JsonTimeUnit,
  timezone?: string,
): FieldGenerator {
  const type = { name: "timestamp", unit, ...(timezone ? { timezone } : {}) };
  const perDay = SECONDS_PER_DAY * PER_SECOND[unit];
  return integers(name, type as JsonType, {}, {
    bitWidth: 64,
    // Nanoseconds reach 292 years only.
    range: unit === "NANOSECOND" ? INT64 : [DAYS[0] * perDay, DAYS[1] * perDay],
  });
}

/** A field of durations. */
export function duration(name: string, unit: JsonTimeUnit): FieldGenerator {
  return integers(name, { name: "duration", unit }, {}, {
    bitWidth: 64,
    range: INT64,
  });
}

/** A field of intervals. */
export function interval(
  name: string,
  unit: keyof typeof INTERVALS,
): FieldGenerator {
  return valuesField(name, { name: "interval", unit }, {}, INTERVALS[unit]);
}

const INTERVALS = {
  YEAR_MONTH: (random: Random): JsonValue => random.integer(-120_000, 120_000),
  DAY_TIME: (random: Random): JsonValue => ({
    days: random.integer(-3_660_000, 3_660_000),
    milliseconds: random.integer(-86_400_000, 86_400_000),
  }),
  MONTH_DAY_NANO: (random: Random): JsonValue => ({
    months: random.integer(-(2 ** 31), 2 ** 31 - 1),
    days: random.integer(-(2 ** 31), 2 ** 31 - 1),
    nanoseconds: jsonInteger(random.bigint(...INT64)),
  }),
};

/** The field of the ends of runs, which increase. */
export function runEnds(bitWidth: 16 | 32 | 64): FieldGenerator {
  const field = fieldOf("run_ends", intType(true, bitWidth), {
    nullable: false,
  });
  return {
    field,
    column(random, count) {
      let end = 0;
      const ends = Array.from(
        { length: count },
        () => end += random.integer(1, 3),
      );
      return {
        name: "run_ends",
        count,
        VALIDITY: validity(random, field, count),
        DATA: bitWidth === 64 ? ends.map(String) : ends,
      };
    },
  };
}
