import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { serve } from "@contrail/flight";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runProgram } from "../support/run_program.ts";

/** Every test starts a process. */
const options = { timeout: 60_000 };

const demo = (...args: string[]) => runProgram("examples/demo.ts", args);

describe("demo", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "flight_demo_"));
  });
  after(() => rm(folder, { recursive: true }));

  /** Writes a file for the demo to read. */
  async function file(name: string, bytes: Uint8Array | string) {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }

  const table = tableFromArrays({
    name: ["Ada", "Grace", "Edith", "Alan"],
    score: Float64Array.of(1, 2, 3, 6),
  });

  it("moves the flights", options, async () => {
    const { code, stdout, stderr } = await demo();
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    for (
      const line of [
        /^Serving flights-200k\.arrow at grpc\+tcp:\/\/127\.0\.0\.1:\d+$/m,
        /^flights-200k: 231,083 rows, 3 columns$/m,
        /^distance +Int16$/m,
        /^DoGet: read 231,083 rows in 226 batches$/m,
        /^DoPut: wrote 231,083 rows in 226 batches$/m,
        /^Compared: all 693,249 values are equal$/m,
        /^DoExchange: kept 46,400 rows in 226 batches: flights delayed/m,
        /^DoExchange +231,083 +1\.76 /m,
        /^Serving airports\.sqlite at grpc\+tcp:\/\/127\.0\.0\.1:\d+$/m,
        /^runways +id, airport_id, length_ft, /m,
        /^DEN +Denver International Airport +US-CO +4,876$/m,
        /^Transaction: .* and rolled back: 26,949 are there$/m,
        /^Ingest: stored 231,083 rows as flights$/m,
        /^0 to 499 +157,291 +8\.96 +20\.62$/m,
        /^Ingest +231,083 +1\.76 /m,
      ]
    ) assertMatch(stdout, line);
  });

  for (const format of ["file", "stream"] as const) {
    it(`moves a ${format} of the user's`, options, async () => {
      const path = await file(`scores.${format}`, tableToIPC(table, format));
      const { code, stdout, stderr } = await demo(path);
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertMatch(stdout, /^Compared: all 8 values are equal$/m);
      assertMatch(stdout, /kept 1 row.*: score above its mean, 3$/m);
      assertMatch(stdout, /^Alan +6$/m);
    });
  }

  it("shows how it is used", options, async () => {
    const { code, stdout, stderr } = await demo("--help");
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertStringIncludes(stdout, "--port PORT");
  });

  /** Mistake, its arguments, and the expected message of the demo. */
  const mistakes: [string, () => Promise<string[]> | string[], RegExp][] = [
    ["no such file", () => ["no-such.arrow"], /no-such\.arrow does not exist/],
    ["a directory", () => [folder], /is a directory/],
    [
      "an empty file",
      async () => [await file("empty.arrow", "")],
      /empty\.arrow is empty/,
    ],
    [
      "a text",
      async () => [await file("text.csv", "a,b,c\n1,2,3\n")],
      /is not an Arrow IPC file or stream/,
    ],
    [
      "a short text",
      async () => [await file("text.json", '{"a":1}')],
      /is not an Arrow IPC file or stream/,
    ],
    ...[4, 100, -1, -200].map((end): typeof mistakes[number] => [
      `a file cut at ${end}`,
      async () => [
        await file("cut.arrow", tableToIPC(table, "file").slice(0, end)),
      ],
      end === 4 ? /is not an Arrow/ : /is truncated/,
    ]),
    ...[100, 300, -60].map((end): typeof mistakes[number] => [
      `a stream cut at ${end}`,
      async () => [
        await file("cut.arrows", tableToIPC(table, "stream").slice(0, end)),
      ],
      /is truncated|cannot be read: Expected/,
    ]),
    ["a port that is none", () => ["--port", "65536"], /0 to 65535/],
    ["a port without a number", () => ["--port", "http"], /0 to 65535/],
    ["an unknown option", () => ["--prot", "1"], /'--prot'/],
    ["two files", () => ["a.arrow", "b.arrow"], /a single FILE/],
  ];
  for (const [name, argsOf, expected] of mistakes) {
    it(`refuses ${name}`, options, async () => {
      const { code, stderr } = await demo(...await argsOf());
      assertEquals(code, 1);
      assertMatch(stderr, /^demo: [^\n]+\n$/);
      assertMatch(stderr, expected);
    });
  }

  it("refuses a port that is in use", options, async () => {
    await using server = await serve({});
    const { code, stderr } = await demo("--port", String(server.port));
    assertEquals(code, 1);
    assertMatch(stderr, /^demo: [^\n]*cannot listen on [^\n]+\n$/);
  });
});
