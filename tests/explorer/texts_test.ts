import { test } from "node:test";
import { assertEquals } from "@std/assert";
import {
  Bool,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  FixedSizeBinary,
  Int32,
  Int64,
  IntervalDayTime,
  List,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from "apache-arrow";
import { FlightError } from "@contrail/flight/web";
import { errorText, needsLogin } from "../../explorer/model/error_text.ts";
import { fileName } from "../../explorer/model/export_file.ts";
import {
  axisNumber,
  bytesText,
  countOf,
  durationText,
  shortCount,
} from "../../explorer/model/number_text.ts";
import { RateMeter } from "../../explorer/model/rate_meter.ts";
import { kindOf, typeText } from "../../explorer/model/type_text.ts";

test("typeText: says types in a few words", () => {
  const list = new List(new Field("item", new Int32()));
  const struct = new Struct([new Field("a", new Utf8()), new Field("b", list)]);
  const texts = [
    new Int64(),
    new Utf8(),
    new Bool(),
    new DateDay(),
    new TimestampMicrosecond("UTC"),
    new TimestampMicrosecond(),
    new Decimal(2, 12, 128),
    new FixedSizeBinary(16),
    new IntervalDayTime(),
    new Dictionary(new Utf8(), new Int32()),
    struct,
  ].map(typeText);
  assertEquals(texts, [
    "int64",
    "utf8",
    "bool",
    "date",
    "timestamp[µs, UTC]",
    "timestamp[µs]",
    "decimal(12, 2)",
    "binary[16]",
    "interval[days, ms]",
    "dict<utf8>",
    "struct<a: utf8, b: list<int32>>",
  ]);
});

test("axisNumber: says numbers of any size in few characters", () => {
  const texts = [0, 1e6, -0.25, 0.1 + 0.2, 9e14, 1e15, -2.5e18, 2e-7, 1e300]
    .map(axisNumber);
  assertEquals(texts, [
    "0",
    "1,000,000",
    "-0.25",
    "0.3",
    "900,000,000,000,000",
    "1e15",
    "-2.5e18",
    "2e-7",
    "1e300",
  ]);
});

test("kindOf: tells what can be drawn", () => {
  assertEquals(kindOf(new Decimal(2, 12, 128)), "number");
  assertEquals(kindOf(new Dictionary(new Utf8(), new Int32())), "text");
  assertEquals(kindOf(new TimestampMicrosecond()), "time");
  assertEquals(kindOf(new Bool()), "flag");
  assertEquals(kindOf(new FixedSizeBinary(4)), "other");
});

test("number texts: counts, sizes and times", () => {
  assertEquals(countOf(1, "row"), "1 row");
  assertEquals(countOf(1_000_000n, "row"), "1,000,000 rows");
  assertEquals(shortCount(1_234_567), "1.23M");
  assertEquals(
    [0, 1023, 1024, 1536, 150 * 1024, 5 * 1024 ** 3].map(bytesText),
    ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "150 KiB", "5.0 GiB"],
  );
  assertEquals(
    [7.6, 999.6, 1240, 12_340, 59_999, 185_000].map(durationText),
    ["8 ms", "1.00 s", "1.24 s", "12.3 s", "60.0 s", "3 min 5 s"],
  );
});

test("RateMeter: rates of the last seconds, and of everything", () => {
  const meter = new RateMeter(0);
  for (let second = 1; second <= 10; second++) {
    meter.add(100, 1000, second * 1000);
  }
  assertEquals(meter.overall(10_000), { rows: 100, bytes: 1000 });
  meter.add(10_000, 0, 10_500);
  // Since 9 s, at which a sample ends.
  assertEquals(Math.round(meter.current(10_500).rows), 6733);
  assertEquals(meter.overall(11_000).bytes, 10_000 / 11);
  // Nothing has come for long.
  assertEquals(meter.current(60_000).rows, 0);
});

test("errorText: code, details and a hint", () => {
  const error = new FlightError("INVALID_ARGUMENT", "no such table: t");
  const { code, details, hint } = errorText(error);
  assertEquals([code, details], ["INVALID_ARGUMENT", "no such table: t"]);
  assertEquals(hint?.startsWith("Check the statement"), true);
  assertEquals(errorText(new TypeError("bad")).code, "TypeError");
  assertEquals(errorText("text").details, "text");
  // Advice for writers of pages is none for their readers.
  const gone = new FlightError(
    "UNAVAILABLE",
    "cannot fetch http://a: Failed to fetch; only the console of the browser tells …",
  );
  assertEquals(
    errorText(gone).details,
    "cannot fetch http://a: Failed to fetch",
  );
  assertEquals(needsLogin(new FlightError("UNAUTHENTICATED", "")), true);
  assertEquals(needsLogin(error), false);
});

test("fileName: is made of letters, digits and hyphens", () => {
  assertEquals(fileName("orders", "csv"), "orders.csv");
  assertEquals(
    fileName("../Ünsere Daten/a.b", "arrow"),
    "ünsere-daten-a-b.arrow",
  );
  assertEquals(fileName("//", "parquet"), "result.parquet");
});
