/** What goes to a worker: sockets, and messages between them. */

import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { connectSql } from "@contrail/flight/sql/client";

import { OPTIONS, startWorkers, withFile } from "./worker_programs.ts";

test(
  "workers: connections reach them while others use their store",
  OPTIONS,
  async () => {
    await withFile("shop.db", async (file) => {
      new DatabaseSync(file).close();
      await using served = await startWorkers({ database: file });
      const once = (client: ReturnType<typeof connectSql>) =>
        client.sql`SELECT 1 AS n`.then((rows) => assertEquals(rows.length, 1));
      let isOver = false;
      const busy = Array.from({ length: 4 }, async () => {
        await using client = connectSql(served.location);
        while (!isOver) await once(client);
      });
      const opening = Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 8; i++) {
          await using client = connectSql(served.location);
          await once(client);
        }
      });
      await Promise.all(opening);
      isOver = true;
      await Promise.all(busy);
      assertEquals(served.program.stderr, "");
    });
  },
);
