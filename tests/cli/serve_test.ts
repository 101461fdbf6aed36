/** `flight serve` and `flight sql`: a server of files, and queries of it. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { connect } from "@contrail/flight/client";
import { connectSql } from "@contrail/flight/sql/client";
import { tableFromArrays, tableFromIPC, tableToIPC } from "apache-arrow";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { sendSignal, startProgram } from "../support/run_program.ts";
import {
  flight,
  options,
  type Serving,
  shell,
  startServing,
  unixOnly,
} from "./flight.ts";

const CERTS = fileURLToPath(new URL("../certs/", import.meta.url));
const peaks = tableFromArrays({
  name: ["Everest", "K2"],
  metres: Int16Array.of(8849, 8611),
});

describe("flight serve", () => {
  let folder: string;
  let peaksFile: string;
  let shop: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "flight_cli_"));
    peaksFile = join(folder, "peaks.arrow");
    await writeFile(peaksFile, tableToIPC(peaks, "file"));
    shop = join(folder, "shop.sqlite");
    const database = new DatabaseSync(shop);
    database.exec(`
      CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL);
      INSERT INTO item VALUES (1, 'lamp', 9.5), (2, 'a;b', NULL);
      CREATE VIEW cheap AS SELECT * FROM item WHERE price < 10;`);
    database.close();
  });
  after(() => rm(folder, { recursive: true }));

  it("offers Arrow files to clients of Flight", options, async () => {
    const stream = join(folder, "stream.arrows");
    await writeFile(stream, tableToIPC(peaks, "stream"));
    const server = await startServing(peaksFile, stream);
    assertMatch(server.location, /^grpc\+tcp:\/\/127\.0\.0\.1:\d+$/);
    {
      await using client = connect(server.location);
      const infos = await Array.fromAsync(client.listFlights());
      assertEquals(infos.length, 2);
      for (const name of ["peaks", "stream"]) {
        const copy = await client.getTable(name);
        assertEquals(copy.toString(), peaks.toString());
      }
    }
    assertEquals(await server.stop(), 0);
    assertEquals(server.program.stderr, "");
  });

  it("offers Arrow files to clients of Flight SQL", options, async () => {
    const server = await startServing(peaksFile);
    {
      await using client = connectSql(server.location);
      const rows = await client.sql<{ name: string; metres: bigint }>`
        SELECT name, metres FROM peaks WHERE metres > ${8700}`;
      assertEquals(rows.map(({ name }) => name), ["Everest"]);
    }
    assertEquals(await server.stop(), 0);
  });

  it("offers a database on the same port", options, async () => {
    const server = await startServing(shop, peaksFile);
    {
      await using client = connectSql(server.location);
      const tables = await client.tables({ types: ["TABLE", "VIEW"] });
      assertEquals(tables.map(({ name }) => name).sort(), ["cheap", "item"]);
    }
    const { stdout } = await flight("ls", server.location, "-o", "csv");
    assertEquals(
      stdout,
      `name,rows,bytes,endpoints\npeaks,,${
        (await readFile(peaksFile)).length
      },1\ncheap,,,1\nitem,,,1\n`,
    );
    const cheap = await flight("get", server.location, "cheap", "-o", "json");
    assertEquals(cheap.stdout, '{"id":1,"name":"lamp","price":9.5}\n');
    const missing = await flight("get", server.location, "chep");
    assertEquals(missing.code, 3);
    assertMatch(
      missing.stderr,
      /GetFlightInfo: there is no data set "chep"\n$/,
    );
    assertEquals(await server.stop(), 0);
  });

  it("serves in several processes with --workers", options, async () => {
    const server = await startServing(shop, "--workers", "2");
    const { location, program } = server;
    {
      await using client = connectSql(location, { connections: 2 });
      await using statement = await client.prepare(
        "SELECT name FROM item WHERE id = ?",
      );
      for (let i = 0; i < 4; i++) {
        const rows = await client.sql<{ n: bigint }>`
          SELECT count(*) AS n FROM item`;
        assertEquals(rows, [{ n: 2n }]);
        assertEquals(await statement.query([1n]), [{ name: "lamp" }]);
      }
    }
    assertEquals(await server.stop(), 0);
    assertEquals(program.stderr, "");
    const { code, stderr } = await flight("serve", "none.db", "--workers", "2");
    assertEquals(code, 1);
    assertMatch(stderr, /^flight: cannot read none\.db/);
  });

  it("changes nothing unless it is told to", options, async () => {
    const server = await startServing(shop);
    const { location } = server;
    const put = await flight("put", location, peaksFile);
    assertEquals(put.code, 4, put.stderr);
    assertStringIncludes(put.stderr, "--read-write");
    const changed = await flight("sql", location, "DELETE FROM item");
    assertEquals(changed.code, 2, changed.stderr);
    assertStringIncludes(changed.stderr, "--read-write");
    assert(!changed.stderr.includes("readOnly"), changed.stderr);
    const ingest = await (async () => {
      await using client = connectSql(location);
      return await client.ingest("more", [{ a: 1 }]).catch(String);
    })();
    assertStringIncludes(String(ingest), "--read-write");
    await server.stop();
    const files = await startServing(peaksFile);
    const refused = await flight("sql", files.location, "DELETE FROM peaks");
    assertStringIncludes(refused.stderr, "it serves files, which do not");
    await files.stop();
  });

  it("takes changes and uploads with --read-write", options, async () => {
    const copy = join(folder, "copy.sqlite");
    await copyFile(shop, copy);
    const server = await startServing(copy, "--read-write");
    const { location } = server;
    const sql = (text: string, ...args: string[]) =>
      flight("sql", location, text, ...args);
    const put = await flight("put", location, peaksFile, "mountains");
    assertEquals([put.code, put.stderr], [0, "2 rows uploaded\n"]);
    const again = await flight("put", location, peaksFile, "mountains");
    assertMatch(again.stderr, /^flight: \[already exists\]/);
    const changed = await sql(
      `
      UPDATE mountains SET metres = metres + 1;
      BEGIN; DELETE FROM mountains; ROLLBACK;
      SELECT name, metres FROM mountains ORDER BY metres;
      CREATE TABLE t (n INTEGER)`,
      "-ocsv",
    );
    assertEquals(changed, {
      code: 0,
      stdout: "name,metres\nK2,8612\nEverest,8850\n",
      stderr:
        "2 rows changed\ntransaction begun\n2 rows changed\nrolled back\ndone\n",
    });
    const open = await sql("BEGIN; DELETE FROM mountains");
    assertEquals(open.code, 1);
    assertStringIncludes(open.stderr, "the transaction was not committed");
    const left = await sql("SELECT count(*) AS n FROM mountains", "-ojson");
    assertEquals(left.stdout, '{"n":2}\n');
    assertEquals(await server.stop(), 0);
  });

  it("ends results beyond --max-rows", options, async () => {
    const server = await startServing(shop, "--max-rows", "1");
    const rows = await flight("sql", server.location, "SELECT * FROM item");
    assertEquals(rows.code, 2);
    assertMatch(rows.stderr, /\[resource exhausted\].*row/);
    await server.stop();
  });

  it("ends statements beyond --query-timeout", options, async () => {
    const server = await startServing(shop, "--query-timeout", "0.2");
    const endless = `
      WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
      SELECT x FROM c`;
    const args = ["sql", server.location, endless, "-f"];
    const ended = await flight(...args, join(folder, "endless.csv"));
    assertEquals(ended.code, 6, ended.stderr);
    await server.stop();
  });

  it("asks for users, over TLS", unixOnly, async () => {
    const passwords = join(folder, "passwords");
    await writeFile(passwords, "# users\nada:1815\n\ngrace:1906\n");
    const server = await startServing(
      ...[peaksFile, "--password-file", passwords, "--user", "edith:1883"],
      ...["--tls-cert", `${CERTS}server_cert.pem`],
      ...["--tls-key", `${CERTS}server_key.pem`],
    );
    assertMatch(server.location, /^grpc\+tls:/);
    const location = server.location.replace("127.0.0.1", "localhost");
    const ls = (...args: string[]) =>
      flight(
        ...["ls", location, "--tls-ca", `${CERTS}ca_cert.pem`, ...args],
      );
    for (const user of ["ada:1815", "grace:1906", "edith:1883"]) {
      const { code, stderr } = await ls("--user", user);
      assertEquals([code, stderr], [0, ""]);
    }
    for (const wrong of [["--user", "ada:1906"], []]) {
      const { code, stderr } = await ls(...wrong);
      assertEquals(code, 4, stderr);
    }
    assert(!server.program.stdout.includes("1815"));
    await server.stop();
  });

  it("tells its health, and what services it has", options, async () => {
    const server = await startServing(peaksFile);
    const { stdout } = await flight("health", server.location);
    assertEquals(stdout, "SERVING\n");
    await server.stop();
  });

  const bunOnly = {
    ...options,
    skip: !("Bun" in globalThis) && "deno compile downloads its runtime",
  };
  it("works when it is compiled to one file", bunOnly, async () => {
    const binary = join(folder, "flight");
    const { code, stdout, stderr } = await shell(`
      ${process.execPath} build --compile cli.ts --outfile ${binary} >&2
      cd ${folder}
      ${binary} serve ${shop} > ${folder}/listening &
      until grep -q Listening ${folder}/listening; do sleep 0.1; done
      location=$(sed -n 's/^Listening on //p' ${folder}/listening)
      ${binary} sql $location -o json "SELECT count(*) AS n FROM item"
      kill -INT $!
      wait $!`);
    assertEquals([code, stdout], [0, '{"n":2}\n'], stderr);
  });

  /** Arguments, and what the program says about them. */
  const mistakes: [() => string[] | Promise<string[]>, RegExp][] = [
    [() => [], /missing required argument 'file'/],
    [() => [join(folder, "none.arrow")], /there is no such file/],
    [() => [folder], /is a directory/],
    [() => ["README.md"], /is no Arrow IPC file, no SQLite/],
    [() => [peaksFile, peaksFile], /have the same name, peaks/],
    [async () => {
      const other = join(folder, "other", "PEAKS.arrow");
      await mkdir(join(folder, "other"), { recursive: true });
      await copyFile(peaksFile, other);
      return [peaksFile, other];
    }, /have the same name, PEAKS/],
    [async () => {
      const other = join(folder, "other.sqlite");
      await copyFile(shop, other);
      return [shop, other];
    }, /are two databases/],
    [async () => {
      const cut = join(folder, "cut.arrow");
      await writeFile(cut, (await readFile(peaksFile)).subarray(0, 200));
      return [cut];
    }, /cut\.arrow: .*footer/],
    [async () => {
      const broken = join(folder, "broken.sqlite");
      await writeFile(broken, (await readFile(shop)).fill(7, 100));
      return [broken];
    }, /malformed|corrupt/i],
    [() => [peaksFile, "--read-write"], /--read-write needs a database/],
    [
      () => [peaksFile, "--on-mismatch", "null"],
      /--on-mismatch needs a SQLite database/,
    ],
    [() => [peaksFile, "--port", "70000"], /0 to 65535/],
    [() => [peaksFile, "--hostname", "no.such.host.invalid"], /cannot listen/],
    [() => [peaksFile, "--tls-cert", "c.pem"], /need each other/],
    [
      () => [peaksFile, "--tls-cert", "c.pem", "--tls-key", "/no/such.pem"],
      /c\.pem|such\.pem/,
    ],
    [() => [peaksFile, "--user", "ada"], /a user must be NAME:PASSWORD/],
    [() => [peaksFile, "--password-file", peaksFile], /NAME:PASSWORD/],
  ];
  for (const [args, message] of mistakes) {
    it(`ends with 1: ${message}`, options, async () => {
      const ended = await flight("serve", ...await args());
      assertEquals([ended.code, ended.stdout], [1, ""], ended.stderr);
      assertMatch(ended.stderr, message);
    });
  }
});

describe("flight sql", () => {
  let folder: string;
  let server: Serving;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "flight_cli_"));
    const path = join(folder, "numbers.sqlite");
    const database = new DatabaseSync(path);
    database.exec(`
      CREATE TABLE number (n INTEGER, name TEXT, bytes BLOB);
      INSERT INTO number VALUES
        (1, 'one', x'00ff'), (9007199254740993, 'a "b"', NULL);
      CREATE TABLE mixed (n INTEGER);
      INSERT INTO mixed VALUES ('n/a'), (2);`);
    database.close();
    server = await startServing(path, "--on-mismatch", "null");
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const sql = (...args: string[]) => flight("sql", server.location, ...args);

  it("writes every format", options, async () => {
    const query = "SELECT * FROM number";
    assertMatch(
      (await sql(query)).stdout,
      /^│ +9007199254740993 │ a "b" │ NULL/m,
    );
    assertEquals(
      (await sql(query, "-ocsv")).stdout,
      'n,name,bytes\n1,one,00ff\n9007199254740993,"a ""b""",\n',
    );
    assertEquals(
      (await sql(query, "-ojson", "--limit", "1")).stdout,
      '{"n":1,"name":"one","bytes":"00ff"}\n',
    );
    const path = join(folder, "result.arrow");
    const { code, stderr } = await sql(query, "--file", path);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(tableFromIPC(await readFile(path)).numRows, 2);
  });

  it("has values that do not fit as --on-mismatch says", options, async () => {
    const { stdout, stderr } = await sql("SELECT n FROM mixed", "-ojson");
    assertEquals([stdout, stderr], ['{"n":null}\n{"n":2}\n', ""]);
  });

  it("runs the statements of standard input", unixOnly, async () => {
    const { code, stdout } = await shell(
      `printf 'SELECT 1 AS a; -- one;\nSELECT 2 AS b' |
        $FLIGHT sql ${server.location} -o json`,
    );
    assertEquals([code, stdout], [0, '{"a":1}\n{"b":2}\n']);
  });

  it("ends with the first statement that fails", options, async () => {
    const ended = await sql("SELECT 1 AS a; SELECT nope; SELECT 2", "-ojson");
    assertEquals([ended.code, ended.stdout], [8, '{"a":1}\n']);
    assertMatch(ended.stderr, /^flight: \[invalid argument\].*nope/);
  });

  it("refuses what makes no sense", options, async () => {
    for (
      const [args, message] of [
        [[" -- nothing\n;"], /no statement/],
        [["COMMIT"], /no transaction is open/],
        [["SELECT 1; SELECT 2", "-f", join(folder, "x.csv")], /one statement/],
      ] as const
    ) {
      const { code, stderr } = await sql(...args);
      assertEquals(code, 1);
      assertMatch(stderr, message);
    }
  });

  it("is canceled by Ctrl-C", unixOnly, async () => {
    const program = startProgram("cli.ts", [
      ...["sql", server.location, "-o", "csv"],
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    ]);
    await new Promise((resolve) => program.child.stdout!.once("data", resolve));
    sendSignal(program, "SIGINT");
    assertEquals([await program.ended, program.stderr], [130, ""]);
  });

  it("ends quietly when its reader is gone", unixOnly, async () => {
    const { stdout, stderr } = await shell(
      `$FLIGHT sql ${server.location} -o csv "WITH RECURSIVE c(x) AS
        (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c" | head -n 2
      echo "\${PIPESTATUS[0]}"`,
    );
    assertEquals([stdout, stderr], ["x\n1\n0\n", ""]);
  });

  const terminal = {
    ...options,
    skip: process.platform !== "linux" && "script(1) differs elsewhere",
  };
  it("opens a prompt on a terminal", terminal, async () => {
    const history = join(folder, "history");
    // script(1) gives the program a terminal, and sends it what it is given.
    const { stdout } = await shell(
      `{
        printf 'SELECT 40 + 2\\n AS answer;\\nSELECT nope;\\n'
        printf '.schema number\\n.schema a name\\n.bogus\\nBEGIN;\\n.quit\\n'
        until grep -q quit $FLIGHT_HISTORY; do sleep 0.1; done 2> /dev/null
      } | script -qec "$FLIGHT sql ${server.location}" /dev/null`,
      { FLIGHT_HISTORY: history, TERM: "xterm" },
    );
    assertMatch(stdout, /│ answer │/);
    assertMatch(stdout, /│ +42 │/);
    assertMatch(stdout, /\[invalid argument\].*nope/);
    assertMatch(stdout, /│ name +│ Utf8/);
    assertMatch(stdout, /no table a name/);
    assertMatch(stdout, /there is no \.bogus/);
    assertMatch(stdout, /transaction begun[^]*not committed: it is undone/);
    assertStringIncludes(await readFile(history, "utf8"), "SELECT 40 + 2\n");
  });
});
