import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { connectInMemory } from "@contrail/flight/memory";
import type { RecordBatch } from "apache-arrow";
import type { SqlInfo } from "../../internal/sql/metadata/sql_info.ts";
import {
  selectSqlInfo,
  sqlInfoOf,
  sqlInfoValues,
} from "../../internal/sql/metadata/sql_info_values.ts";
import {
  sqlInfoBatch,
  sqlInfoRows,
} from "../../internal/sql/metadata/sql_info_batch.ts";

/** One value of each kind, and what is on the wire: FlightSql.proto and what JDBC and ODBC read. */
const INFO: SqlInfo = {
  name: "SQLite",
  readOnly: true,
  transaction: "SAVEPOINT",
  statementTimeout: 1_800_000,
  identifierCase: "CASE_INSENSITIVE",
  nullOrdering: "SORTED_LOW",
  keywords: ["ABORT", "ACTION"],
  supportsConvert: new Map([[0, [7, 8]], [3, []]]),
  supportedGroupBy: ["UNRELATED", "BEYOND_SELECT"],
  outerJoinsSupportLevel: ["LIMITED", "FULL"],
  maxRowSize: 2n ** 62n,
  defaultTransactionIsolation: "SERIALIZABLE",
  supportedTransactionsIsolationLevels: ["SERIALIZABLE"],
  others: new Map([[10_001, "own"]]),
};

async function overTheWire(batch: RecordBatch): Promise<RecordBatch> {
  await using client = connectInMemory({ doGet: () => batch });
  for await (const copy of client.doGet("")) return copy;
  throw new Error("there was no batch");
}

describe("SqlInfo", () => {
  it("has the values that drivers read", () => {
    const values = sqlInfoValues(INFO);
    const expected: [number, unknown][] = [
      [0, "SQLite"],
      [3, true],
      [8, 2],
      [100, 1_800_000],
      [503, 1n],
      [507, 1n],
      [508, ["ABORT", "ACTION"]],
      [517, new Map([[0, [7, 8]], [3, []]])],
      [522, 3],
      [528, 6],
      [555, 2n ** 62n],
      [562, 8n],
      [564, 16],
      [10_001, "own"],
    ];
    for (const [id, value] of expected) {
      assertEquals([id, values.get(id)], [id, value]);
    }
  });

  it("has a value of each standard id but the versions of Substrait (R15)", () => {
    const ids = [...sqlInfoValues({}).keys()];
    const standard = [
      ...Array.from({ length: 12 }, (_, id) => id),
      100,
      101,
      ...Array.from({ length: 77 }, (_, i) => 500 + i),
    ].filter((id) => id !== 6 && id !== 7);
    assertEquals(ids, standard);
  });

  it("comes back as it was", async () => {
    const rows = selectSqlInfo(sqlInfoValues(INFO), []);
    const copy = sqlInfoOf(sqlInfoRows(await overTheWire(sqlInfoBatch(rows))));
    assertEquals({ ...copy, ...INFO, others: undefined }, {
      ...copy,
      others: undefined,
    });
  });

  it("gives all standard ids where none are asked for, and no others (R13)", () => {
    const rows = selectSqlInfo(sqlInfoValues(INFO), []);
    assert(rows.length > 80);
    assert(rows.every(([id]) => id <= 576));
  });

  it("gives the ids that are asked for, in their order, without unknown ones (R14)", () => {
    const values = sqlInfoValues(INFO);
    assertEquals(
      selectSqlInfo(values, [10_001, 3, 77_777, 0, 3, 6]),
      [[10_001, "own"], [3, true], [0, "SQLite"]],
    );
  });

  it("keeps what it does not know", () => {
    assertEquals(
      sqlInfoOf([[0, "a"], [3, "not a flag"], [503, 9n], [99_999, 1n]]),
      {
        name: "a",
        others: new Map<number, string | bigint>([
          [3, "not a flag"],
          [503, 9n],
          [99_999, 1n],
        ]),
      },
    );
  });

  it("takes an int32 for an int64, and the other way round", () => {
    assertEquals(sqlInfoOf([[503, 1], [8, 2n], [562, 4], [541, 7]]), {
      identifierCase: "CASE_INSENSITIVE",
      transaction: "SAVEPOINT",
      defaultTransactionIsolation: "SERIALIZABLE",
      maxBinaryLiteralLength: 7n,
    });
  });

  const wrong: readonly [unknown, string][] = [
    [{ nme: "a" }, "there is no nme"],
    [{ name: 5 }, "name must be text, not 5"],
    [{ readOnly: "false" }, 'readOnly must be true or false, not "false"'],
    [
      { transaction: "ALL" },
      'transaction must be one of NONE, TRANSACTION, SAVEPOINT, not "ALL"',
    ],
    [{ statementTimeout: 2 ** 31 }, "must be an integer of 32 bits"],
    [{ maxRowSize: 2n ** 63n }, "must be an integer of 64 bits"],
    [{ keywords: "A" }, "keywords must be a list of text"],
    [
      { outerJoinsSupportLevel: [""] },
      "must be a list of LIMITED, FULL",
    ],
    [{ others: new Map([[576, "a"]]) }, "the id 576 is not from 10000"],
  ];
  for (const [info, message] of wrong) {
    it(`cannot be made where ${message}`, () => {
      assertThrows(() => sqlInfoValues(info as SqlInfo), TypeError, message);
    });
  }
});
