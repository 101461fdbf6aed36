/** The exit of a process with open databases. */

import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { it } from "node:test";
import { assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";
import { withFolder } from "./databases.ts";

it("a process that exits leaves no file of a database in memory", () =>
  withFolder(async (path) => {
    const folder = dirname(path);
    const { code, stdout, stderr } = await runProgram(
      "tests/sqlite/programs/leave_open.ts",
      [folder],
    );
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: "1 folder\n",
      stderr: "",
    });
    assertEquals(readdirSync(folder), []);
  }));
