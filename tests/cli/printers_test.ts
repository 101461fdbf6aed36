/** Results of many rows, of equal names and of great width, in every format. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  Field,
  Int32,
  type RecordBatch,
  Schema,
  Table,
  tableFromArrays,
  tableFromIPC,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import {
  type Batches,
  type Format,
  printBatches,
  printerOf,
} from "../../cli/output/printer.ts";

/** Batches, and the number of them that were read. */
function batchesOf(schema: Schema, batches: RecordBatch[]) {
  const given = {
    read: 0,
    isClosed: false,
    schema: Promise.resolve(schema),
    async *[Symbol.asyncIterator]() {
      try {
        for (const batch of batches) {
          given.read++;
          yield await Promise.resolve(batch);
        }
      } finally {
        given.isClosed = true;
      }
    },
  };
  return given;
}

/** Writes batches, and gives the bytes. */
async function print(
  format: Format | "arrow-file",
  batches: Batches,
  { columns, limit }: { columns?: number; limit?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const bytes = (chunk: Uint8Array) =>
    Promise.resolve(void chunks.push(chunk.slice()));
  const printer = printerOf(format, {
    columns,
    isTerminal: columns !== undefined,
    bytes,
    text: (text) => bytes(new TextEncoder().encode(text)),
    flush: () => Promise.resolve(),
  });
  await printBatches(printer, batches, { limit });
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function text(...args: Parameters<typeof print>): Promise<string> {
  return new TextDecoder().decode(await print(...args));
}

const numbers = tableFromArrays({
  n: Int32Array.from({ length: 2500 }, (_, i) => i * i),
});

test("printers: Arrow is refused for a terminal", async () => {
  const { schema, batches } = numbers;
  for (const format of ["arrow", "arrow-file"] as const) {
    await assertRejects(
      () => print(format, batchesOf(schema, batches), { columns: 80 }),
      Error,
      "Arrow is no text for a terminal",
    );
  }
});

test("printers: a table of many rows has one head, and its columns grow", async () => {
  const { schema, batches } = numbers;
  const lines = (await text("table", batchesOf(schema, batches)))
    .trimEnd().split("\n");
  assertEquals(lines.length, 2500 + 4);
  assertEquals(lines.filter((line) => /[┌├└]/.test(line)).length, 3);
  assertMatch(lines.at(-2)!, /^│ 6245001 │$/);
  const widths = lines.slice(0, -1).map((line) => line.length);
  assert(widths.every((width, i) => i === 0 || width >= widths[i - 1]!));
});

test("printers: rows that are wider than the terminal stand upright", async () => {
  const table = tableFromArrays({
    id: Int32Array.of(1),
    first: ["a".repeat(30)],
    second: ["b".repeat(30)],
  });
  const { schema, batches } = table;
  assertEquals(
    await text("table", batchesOf(schema, batches), { columns: 60 }),
    `row 1\n  id     │ 1\n  first  │ ${"a".repeat(30)}\n` +
      `  second │ ${"b".repeat(30)}\n`,
  );
  const wide = await text("table", batchesOf(schema, batches), { columns: 90 });
  assertMatch(wide, /^┌/);
});

test("printers: long texts are cut in tables, and nowhere else", async () => {
  const { schema, batches } = tableFromArrays({ t: ["ü".repeat(100)] });
  const table = await text("table", batchesOf(schema, batches));
  assertMatch(table, /│ ü{59}… │/);
  const csv = await text("csv", batchesOf(schema, batches));
  assertEquals(csv, `t\n${"ü".repeat(100)}\n`);
});

/** Two columns of the same name. */
function twins(): { schema: Schema; batch: RecordBatch } {
  const schema = new Schema([
    new Field("a", new Int32(), true),
    new Field("a", new Int32(), true),
  ]);
  const column = (value: number) => vectorFromArray([value], new Int32());
  const renamed = new Table({ x: column(1), y: column(2) }).batches[0]!;
  const batch = new (renamed.constructor as new (
    schema: Schema,
    data: RecordBatch["data"],
  ) => RecordBatch)(schema, renamed.data);
  return { schema, batch };
}

test("printers: columns of the same name are all written", async () => {
  const { schema, batch } = twins();
  assertEquals(
    await text("json", batchesOf(schema, [batch])),
    '{"a":1,"a_2":2}\n',
  );
  assertEquals(await text("csv", batchesOf(schema, [batch])), "a,a\n1,2\n");
});

for (const format of ["arrow", "arrow-file"] as const) {
  test(`printers: ${format} keeps the data, and a schema without rows`, async () => {
    const { schema, batches } = numbers;
    const some = await print(format, batchesOf(schema, batches));
    assertEquals(tableFromIPC(some).toString(), numbers.toString());
    const none = await print(format, batchesOf(schema, []));
    assertEquals(String(tableFromIPC(none).schema), String(schema));
  });
}

test("printers: a limit ends the stream", async () => {
  const batch = numbers.batches[0]!.slice(0, 10);
  const many = batchesOf(numbers.schema, [batch, batch, batch]);
  const lines = (await text("csv", many, { limit: 12 })).trimEnd().split("\n");
  assertEquals(lines.length, 1 + 12);
  assertEquals([many.read, many.isClosed], [2, true]);
});
