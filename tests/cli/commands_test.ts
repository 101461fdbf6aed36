/** Output of every command for plain Flight, in every format. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  type FlightServer,
  HealthService,
  serve,
  tableService,
} from "@contrail/flight";
import {
  type Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
} from "apache-arrow";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { flight, options, shell, unixOnly } from "./flight.ts";

const peaks = tableFromArrays({
  name: ["Everest", "K2", 'a "b",\n\u001b[31m'],
  metres: Int16Array.of(8849, 8611, -1),
  exact: BigInt64Array.of(1n, 2n ** 63n - 1n, -5n),
});

describe("flight", () => {
  const tables = new Map<string, Table>();
  const health = new HealthService({ "": "SERVING", "off": "NOT_SERVING" });
  let server: FlightServer;
  let location: string;
  let folder: string;

  before(async () => {
    tables.set("peaks", peaks);
    server = await serve({
      ...tableService(tables, { put: true }),
      *listActions() {
        yield { type: "greet", description: "Greets by name." };
      },
      *doAction(action) {
        yield { body: `hello ${action.text()}` };
        yield { body: Uint8Array.of(0xff, 0) };
      },
    }, { services: [health] });
    location = server.location.uri;
    folder = await mkdtemp(join(tmpdir(), "flight_cli_"));
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await server.shutdown();
  });

  const good = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await flight(...args);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    return stdout;
  };

  it("ls lists the data sets", options, async () => {
    assertEquals(
      await good("ls", location, "pea", "-o", "json"),
      '{"name":"peaks","rows":3,"bytes":null,"endpoints":1}\n',
    );
    // A location without its scheme is one of gRPC.
    const table = await good("ls", location.replace(/^.*:\/\//, ""));
    assertMatch(table, /^│ peaks +│ +3 │ +NULL │ +1 │$/m);
  });

  it("ls writes the head of a table without rows", options, async () => {
    assertMatch(await good("ls", location, "none"), /^│ name │ rows │/m);
  });

  it("info shows a data set", options, async () => {
    const text = await good("info", location, "peaks");
    assertStringIncludes(text, "descriptor: peaks\nrows: 3\nbytes: unknown\n");
    assertMatch(text, /^│ +1 │ peaks +│/m);
    const info = JSON.parse(await good("info", location, "peaks", "-ojson"));
    assertEquals(info.rows, 3);
    assertEquals(info.columns[1], {
      name: "metres",
      type: "Int16",
      nullable: false,
    });
    assertEquals(info.endpoints, [{ ticket: "peaks", locations: [] }]);
  });

  it("schema shows the columns", options, async () => {
    assertEquals(
      await good("schema", location, "peaks", "-o", "csv"),
      'column,type,nullable,metadata\nname,"Dictionary<Int32, Utf8>",true,\n' +
        "metres,Int16,false,\nexact,Int64,false,\n",
    );
  });

  it("get writes CSV", options, async () => {
    assertEquals(
      await good("get", location, "peaks", "-o", "csv"),
      "name,metres,exact\nEverest,8849,1\nK2,8611,9223372036854775807\n" +
        '"a ""b"",\n\u001b[31m",-1,-5\n',
    );
  });

  it("get writes JSON lines with every digit", options, async () => {
    const text = await good("get", location, "peaks", "-o", "json");
    const lines = text.trimEnd().split("\n");
    assertEquals(
      lines[1],
      '{"name":"K2","metres":8611,"exact":9223372036854775807}',
    );
    assertEquals(JSON.parse(lines[2]!).name, 'a "b",\n\u001b[31m');
  });

  it("get writes a table that a terminal cannot obey", options, async () => {
    const text = await good("get", location, "peaks");
    assertMatch(text, /│ K2 +│ +8611 │ 9223372036854775807 │/);
    assertStringIncludes(text, 'a "b",\\n\\x1b[31m');
  });

  it("get stops at a limit", options, async () => {
    const args = ["get", location, "peaks", "-o", "csv", "--limit"];
    assertEquals(
      await good(...args, "1"),
      "name,metres,exact\nEverest,8849,1\n",
    );
    assertEquals(await good(...args, "0"), "name,metres,exact\n");
  });

  it("get reads a ticket", options, async () => {
    const text = await good("get", location, "--ticket=peaks", "-ojson");
    assertEquals(text.trimEnd().split("\n").length, 3);
  });

  it("get writes Arrow to standard output", unixOnly, async () => {
    const path = join(folder, "out.arrows");
    const { code } = await shell(
      `$FLIGHT get ${location} peaks -o arrow > ${path}`,
    );
    assertEquals(code, 0);
    const copy = tableFromIPC(await readFile(path));
    assertEquals(copy.toString(), peaks.toString());
  });

  for (const name of ["copy.arrow", "copy.arrows", "copy.feather"]) {
    it(`get writes ${name}, and put uploads it`, options, async () => {
      const path = join(folder, name);
      await good("get", location, "peaks", "--file", path);
      const bytes = await readFile(path);
      assertEquals(
        new TextDecoder().decode(bytes.subarray(0, 6)) === "ARROW1",
        !name.endsWith(".arrows"),
      );
      const { code, stderr } = await flight("put", location, path);
      assertEquals([code, stderr], [0, "3 rows uploaded\n"]);
      assertEquals(tables.get("copy")!.toString(), peaks.toString());
      tables.delete("copy");
    });
  }

  it("put uploads to a path", options, async () => {
    const path = join(folder, "in.arrow");
    await writeFile(path, tableToIPC(peaks, "file"));
    const { code } = await flight("put", location, path, "a", "b");
    assertEquals(code, 0);
    assert(tables.has("a/b"));
  });

  it("put uploads standard input", unixOnly, async () => {
    const { code, stderr } = await shell(
      `$FLIGHT get ${location} peaks -o arrow | $FLIGHT put ${location} - piped`,
    );
    assertEquals([code, stderr], [0, "3 rows uploaded\n"]);
    assertEquals(tables.get("piped")!.toString(), peaks.toString());
  });

  it("actions lists the actions", options, async () => {
    assertEquals(
      await good("actions", location, "--format", "json"),
      '{"type":"greet","description":"Greets by name."}\n',
    );
  });

  it("action carries out an action", options, async () => {
    assertEquals(
      await good("action", location, "greet", "Ada", "-o", "csv"),
      "result\nhello Ada\n0xff00\n",
    );
    const path = join(folder, "body");
    await writeFile(path, "Grace");
    const raw = await good(
      ...["action", location, "greet", "--raw", "--body-file", path],
    );
    assertStringIncludes(raw, "hello Grace\ufffd\0");
  });

  it("health tells the health of a service", options, async () => {
    assertEquals(await good("health", location), "SERVING\n");
    const off = await flight("health", location, "off");
    assertEquals([off.code, off.stdout], [5, "NOT_SERVING\n"]);
    assertEquals((await flight("health", location, "none")).code, 3);
  });
});
