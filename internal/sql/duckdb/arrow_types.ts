/** Arrow types of the types of DuckDB. */

import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalMonthDayNano,
  List,
  SparseUnion,
  Struct,
  TimeMicrosecond,
  TimeNanosecond,
  Timestamp,
  TimeUnit,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
} from "apache-arrow";
import { mapType } from "../../arrow/types/map_type.ts";
import { DUCK_TYPE, type DuckType } from "./native.ts";

/** Digits of the 128-bit decimals that large integers become. */
const HUGE_DIGITS = 38;

const PLAIN: Readonly<Record<number, () => DataType>> = {
  [DUCK_TYPE.BOOLEAN]: () => new Bool(),
  [DUCK_TYPE.TINYINT]: () => new Int8(),
  [DUCK_TYPE.SMALLINT]: () => new Int16(),
  [DUCK_TYPE.INTEGER]: () => new Int32(),
  [DUCK_TYPE.BIGINT]: () => new Int64(),
  [DUCK_TYPE.UTINYINT]: () => new Uint8(),
  [DUCK_TYPE.USMALLINT]: () => new Uint16(),
  [DUCK_TYPE.UINTEGER]: () => new Uint32(),
  [DUCK_TYPE.UBIGINT]: () => new Uint64(),
  [DUCK_TYPE.FLOAT]: () => new Float32(),
  [DUCK_TYPE.DOUBLE]: () => new Float64(),
  [DUCK_TYPE.HUGEINT]: () => new Decimal(0, HUGE_DIGITS, 128),
  [DUCK_TYPE.UHUGEINT]: () => new Decimal(0, HUGE_DIGITS, 128),
  [DUCK_TYPE.BLOB]: () => new Binary(),
  [DUCK_TYPE.DATE]: () => new DateDay(),
  [DUCK_TYPE.TIME]: () => new TimeMicrosecond(),
  [DUCK_TYPE.TIME_NS]: () => new TimeNanosecond(),
  [DUCK_TYPE.TIMESTAMP]: () => new Timestamp(TimeUnit.MICROSECOND, null),
  [DUCK_TYPE.TIMESTAMP_S]: () => new Timestamp(TimeUnit.SECOND, null),
  [DUCK_TYPE.TIMESTAMP_MS]: () => new Timestamp(TimeUnit.MILLISECOND, null),
  [DUCK_TYPE.TIMESTAMP_NS]: () => new Timestamp(TimeUnit.NANOSECOND, null),
  [DUCK_TYPE.TIMESTAMP_TZ]: () => new Timestamp(TimeUnit.MICROSECOND, "UTC"),
  [DUCK_TYPE.INTERVAL]: () => new IntervalMonthDayNano(),
};

/** Arrow type of a type; texts for those that Arrow has nothing for. */
export function arrowType(type: DuckType): DataType {
  const plain = PLAIN[type.typeId];
  if (plain !== undefined) return plain();
  switch (type.typeId) {
    case DUCK_TYPE.DECIMAL:
      return new Decimal(type.scale!, type.width!, 128);
    case DUCK_TYPE.ENUM:
      return new Dictionary(new Utf8(), enumIndices(type));
    case DUCK_TYPE.LIST:
      return new List(field("item", type.valueType!));
    case DUCK_TYPE.ARRAY:
      return new FixedSizeList(type.length!, field("item", type.valueType!));
    case DUCK_TYPE.STRUCT:
      return new Struct(
        type.entryNames!.map((name, i) => field(name, type.entryTypes![i]!)),
      );
    case DUCK_TYPE.MAP: {
      const key = new Field("key", arrowType(type.keyType!), false);
      const value = field("value", type.valueType!);
      return mapType(
        new Field("entries", new Struct([key, value]), false),
        false,
      );
    }
    case DUCK_TYPE.UNION:
      return new SparseUnion(
        type.memberTags!.map((_, i) => i),
        type.memberTags!.map((name, i) => field(name, type.memberTypes![i]!)),
      );
    default:
      return new Utf8();
  }
}

/** Type of the indices of an enum, which are as wide as those of the engine. */
function enumIndices(type: DuckType): Uint8 | Uint16 | Uint32 {
  const count = type.values!.length;
  if (count <= 0xff) return new Uint8();
  return count <= 0xffff ? new Uint16() : new Uint32();
}

function field(name: string, type: DuckType): Field {
  return new Field(name, arrowType(type), true);
}

/** Metadata of a field, which JDBC reads. */
export function columnMetadata(
  type: DuckType | undefined,
): Map<string, string> {
  const key = "ARROW:FLIGHT:SQL:";
  const metadata = new Map<string, string>();
  if (type === undefined) return metadata;
  metadata.set(`${key}TYPE_NAME`, String(type));
  if (type.typeId === DUCK_TYPE.DECIMAL) {
    metadata.set(`${key}PRECISION`, String(type.width));
    metadata.set(`${key}SCALE`, String(type.scale));
  }
  return metadata;
}
