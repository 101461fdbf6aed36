/**
 * Cases of a driver with the SQLite example server of arrow-go behind the gateway.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { DriverProgram, DriverTitle } from "./driver_program.ts";

/** A case; its tables have names of their own. */
type DriverCase = (driver: DriverProgram, table: string) => Promise<void>;

/** Cases without results. */
const COMMON: Readonly<Record<string, DriverCase>> = {
  async "updates"(driver, table) {
    await driver.update(`CREATE TABLE ${table} (a INTEGER, b TEXT)`);
    const insert = `INSERT INTO ${table} VALUES (1, 'x'), (2, NULL)`;
    assertEquals(await driver.update(insert), 2);
    assertEquals(await driver.update(`DELETE FROM ${table} WHERE a = 1`), 1);
    await driver.update(`DROP TABLE ${table}`);
  },

  async "tables"(driver) {
    const names = await driver.tables();
    assert(names.includes("intTable"), String(names));
  },
};

/** Cases with results. */
const QUERIES: Readonly<Record<string, DriverCase>> = {
  async "rows"(driver) {
    assertEquals(await driver.query("SELECT * FROM intTable ORDER BY id"), [
      [1, "one", 1, 1],
      [2, "zero", 0, 1],
      [3, "negative one", -1, 1],
      [4, null, null, null],
    ]);
  },

  async "no rows"(driver) {
    assertEquals(await driver.query("SELECT * FROM intTable WHERE id < 0"), []);
  },

  async "many rows"(driver) {
    const rows = await driver.query(
      "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50000) SELECT n FROM c",
    );
    assertEquals(rows.length, 50_000);
    assertEquals(rows.reduce((sum, [n]) => sum + Number(n), 0), 1_250_025_000);
  },

  async "parameters"(driver) {
    const query = "SELECT keyName FROM intTable WHERE id = ?";
    assertEquals(await driver.query(query, 2), [["zero"]]);
    assertEquals(await driver.query(query, 1), [["one"]]);
  },

  async "an error"(driver) {
    await assertRejects(
      () => driver.query("SELECT id FROM nowhere"),
      Error,
      "nowhere",
    );
    assertEquals(await driver.query("SELECT id FROM intTable WHERE id = 1"), [
      [1],
    ]);
  },
};

/** The cases by driver and name. */
export const DRIVER_CASES: Readonly<
  Record<DriverTitle, Readonly<Record<string, DriverCase>>>
> = {
  ADBC: { ...COMMON, ...QUERIES },
  JDBC: {
    ...COMMON,

    // The server announces no schema when it prepares, which JDBC takes for an update.
    async "a query, which fails as it does without the gateway"(driver) {
      await assertRejects(
        () => driver.query("SELECT * FROM intTable"),
        Error,
        "Statement did not return a result set",
      );
    },
  },
};
