/** Ends of `flight`: exit codes, errors of one line, wrong words, signals, closed pipes. */

import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  FlightError,
  type FlightErrorCode,
  type FlightServer,
  serve,
} from "@contrail/flight";
import {
  knownPasswords,
  serverHeaderAuth,
  signedTokens,
} from "@contrail/flight/auth";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { certified } from "../support/certs.ts";
import { sendSignal, startProgram } from "../support/run_program.ts";
import { flight, options, shell, unixOnly } from "./flight.ts";

/** A quarter of a MiB. */
const batch: RecordBatch = tableFromArrays({
  n: Float64Array.from({ length: 32_768 }, (_, i) => i),
}).batches[0]!;

const CERTS = fileURLToPath(new URL("../certs/", import.meta.url));

describe("flight ends", () => {
  let server: FlightServer;
  let location: string;
  /** Resolves when the call of a client that went away is over. */
  let canceled: Promise<void>;
  let onCanceled: () => void;

  before(async () => {
    server = await serve({
      getFlightInfo(_descriptor, { headers }) {
        const code = headers.get("code");
        if (code === undefined) return { endpoints: [{ ticket: "endless" }] };
        throw new FlightError(
          code as FlightErrorCode,
          `no\nwith \u001b[31m${headers.get("why")}`,
        );
      },
      async *doGet(_ticket, { signal }) {
        signal.addEventListener("abort", () => onCanceled());
        for (;;) {
          yield batch;
          await Promise.resolve();
        }
      },
      async getSchema(_descriptor, { signal }) {
        await new Promise((resolve) =>
          signal.addEventListener("abort", resolve)
        );
        return batch.schema;
      },
    });
    location = server.location.uri;
  });
  after(() => server.shutdown({ timeoutMs: 0 }));

  /** Renews what resolves when a call was canceled. */
  function watchCancel(): void {
    canceled = new Promise((resolve) => onCanceled = resolve);
  }
  watchCancel();

  const codes: [FlightErrorCode, number][] = [
    ["INTERNAL", 2],
    ["NOT_FOUND", 3],
    ["UNAUTHENTICATED", 4],
    ["PERMISSION_DENIED", 4],
    ["UNAVAILABLE", 5],
    ["UNIMPLEMENTED", 7],
    ["INVALID_ARGUMENT", 8],
  ];
  for (const [code, expected] of codes) {
    it(`with ${expected} for ${code}`, options, async () => {
      const { code: exit, stdout, stderr } = await flight(
        ...["info", location, "x", "-H", `code:${code}`, "-H", "why: because"],
      );
      assertEquals([exit, stdout], [expected, ""]);
      // A terminal obeys nothing of what a server says.
      assertMatch(stderr, /^flight: \[.*\] GetFlightInfo: no\nwith /);
      assertStringIncludes(stderr, "\\x1b[31mbecause");
    });
  }

  it("with 6 after a timeout", options, async () => {
    const { code, stderr } = await flight(
      ...["schema", location, "x", "--timeout", "0.05"],
    );
    assertEquals(code, 6, stderr);
  });

  it("with 7 for what a server does not have", options, async () => {
    assertEquals((await flight("health", location)).code, 7);
  });

  it("with 5 where no server is", options, async () => {
    const listener = createServer();
    await new Promise<void>((resolve) =>
      listener.listen(0, "127.0.0.1", () => resolve())
    );
    const { port } = listener.address() as { port: number };
    await new Promise((resolve) => listener.close(resolve));
    const { code, stderr } = await flight("ls", `127.0.0.1:${port}`);
    assertEquals(code, 5);
    assertMatch(stderr, /^flight: \[unavailable\] .*cannot connect/);
    assertEquals(stderr.trimEnd().split("\n").length, 1);
  });

  it("with 5 where a server is silent", options, async () => {
    const listener = createServer(() => {});
    await new Promise<void>((resolve) =>
      listener.listen(0, "127.0.0.1", () => resolve())
    );
    const { port } = listener.address() as { port: number };
    const { code } = await flight(
      ...["ls", `127.0.0.1:${port}`, "--connect-timeout", "0.2"],
    );
    listener.close();
    assertEquals(code, 5);
  });

  /** Arguments, and what the program says about them. */
  const mistakes: [string[], RegExp][] = [
    [["gett", "x"], /unknown command 'gett'\n\(Did you mean get\?\)/],
    [["help", "gett"], /unknown command 'gett'\n\(Did you mean get\?\)/],
    [["gett", "--help"], /unknown command 'gett'\n\(Did you mean get\?\)/],
    [["get", "x", "y", "--limt", "1"], /Did you mean --limit\?/],
    [["get", "x", "y", "--limit", "many"], /whole number/],
    [["get", "x", "y", "-o", "xml"], /table, csv, json, arrow/],
    [["get", "x:1"], /name the data set by its path, or by --command/],
    [["get", "x:1", "y", "-c", "z"], /either a path or a --command/],
    [["get", "x", "y", "--timeout", "0"], /number of seconds/],
    [["get"], /missing required argument 'location'/],
    [["ls", "http://x:1"], /the scheme http:\/\/ is not gRPC/],
    [["ls", "x:1", "--tls-cert", "c.pem"], /--tls-key need each other/],
    [["ls", "x:1", "-H", "novalue"], /must be NAME:VALUE/],
    [["ls", "x:1", "-H", "a b: c"], /header/i],
    [["ls", "x:1", "--tls-ca", "/no/such.pem"], /no\/such\.pem/],
    [["ls", "x:1", "-u", "ada"], /no password for ada: set FLIGHT_PASSWORD/],
    [["ls", "x:1", "-u", "a:b", "--token", "t"], /cannot be used with/],
    [["put", "x:1", "/no/such.arrow"], /there is no such file/],
    [["put", "x:1", "."], /is a directory/],
    [["put", "x:1", "deno.json", "a"], /cannot read deno\.json: .*it is JSON/],
    [["put", "x:1", "-"], /name the data set/],
    [["get", "x:1", "y", "-f", "out.xyz"], /tells no format/],
    [["action", "x:1", "a", "b", "--body-file", "c"], /either a body or/],
  ];
  for (const [args, message] of mistakes) {
    it(`with 1 for ${args.join(" ")}`, options, async () => {
      const { code, stdout, stderr } = await flight(...args);
      assertEquals([code, stdout], [1, ""], stderr);
      assertMatch(stderr, message);
    });
  }

  it("with 1 where a file cannot be written", options, async () => {
    const { code, stderr } = await flight(
      ...["get", location, "x", "-f", "/no/such/folder/x.csv"],
    );
    assertEquals(code, 1);
    assertMatch(stderr, /cannot write \/no\/such\/folder\/x\.csv/);
  });

  it("with 1 and the help without a command", options, async () => {
    const { code, stderr } = await flight();
    assertEquals(code, 1);
    assertStringIncludes(stderr, "Usage: flight");
  });

  it("with 0 after the help of each command", options, async () => {
    const { code, stdout } = await flight("--help");
    assertEquals(code, 0);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) .*<location>/gm)];
    assert(commands.length >= 8, stdout);
    const helps = await Promise.all(
      commands.map(([, name]) => flight(name!, "--help")),
    );
    for (const help of helps) {
      assertEquals([help.code, help.stderr], [0, ""]);
      assertStringIncludes(help.stdout, "--tls-ca <file>");
    }
  });

  for (const format of ["table", "csv", "json", "arrow"]) {
    it(`with 0 when the reader of ${format} is gone`, unixOnly, async () => {
      watchCancel();
      const { code, stdout, stderr } = await shell(
        `$FLIGHT get ${location} x -o ${format} | head -c 100000 | wc -c
        echo "\${PIPESTATUS[0]}"`,
      );
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^\s*100000\n0\n$/);
      await canceled;
    });
  }

  const fullDisk = {
    ...unixOnly,
    skip: process.platform !== "linux" && "/dev/full is there on Linux",
  };
  it("with 1 when the disk of the output is full", fullDisk, async () => {
    const { code, stderr } = await shell(
      `$FLIGHT get ${location} x -o csv > /dev/full`,
    );
    assertEquals(code, 1, stderr);
    assertMatch(stderr, /^flight: cannot write the output: .*\n$/);
  });

  for (
    const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const
  ) {
    it(`with ${expected} by ${signal}, and cancels`, unixOnly, async () => {
      watchCancel();
      const args = ["get", location, "x", "-o", "csv"];
      const program = startProgram("cli.ts", args);
      await new Promise((resolve) =>
        program.child.stdout!.once("data", resolve)
      );
      sendSignal(program, signal);
      assertEquals([await program.ended, program.stderr], [expected, ""]);
      await canceled;
    });
  }

  const linuxOnly = { ...options, skip: process.platform !== "linux" };
  it("a large result takes little memory", linuxOnly, async () => {
    const args = ["get", location, "x", "-o", "arrow"];
    const { child, ended } = startProgram("cli.ts", args);
    const stdout = child.stdout!;
    // Not what startProgram collects: that would be the memory of this process.
    stdout.removeAllListeners("data").setEncoding("latin1");
    let bytes = 0;
    let first: number | undefined;
    const growth = await new Promise<number>((resolve, reject) => {
      stdout.on("data", (text: string) => {
        bytes += text.length;
        if (bytes < 64 * 1024 ** 2) return;
        first ??= peakBytes(child.pid!);
        if (bytes < 576 * 1024 ** 2) return;
        resolve(peakBytes(child.pid!) - first);
        stdout.destroy();
      });
      stdout.on("error", reject);
    });
    assertEquals(await ended, 0);
    // Half of what came since would not stay, garbage aside.
    assertLess(growth, 256 * 1024 ** 2);
  });

  /** The most memory that a process has had so far. */
  function peakBytes(pid: number): number {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) * 1024;
  }
});

describe("flight logs in", () => {
  const tokens = signedTokens();
  const users = serverHeaderAuth({
    verifyPassword: knownPasswords({ ada: "1815" }),
    tokens,
  });
  let server: FlightServer;
  let location: string;

  before(async () => {
    server = await serve({
      *doAction(_action, { peerIdentity }) {
        yield { body: `hello ${peerIdentity}` };
      },
    }, { tls: certified("server"), interceptors: [users] });
    location = `localhost:${server.port}`;
  });
  after(() => server.shutdown());

  const greet = (...args: string[]) =>
    flight("action", location, "greet", "-o", "csv", ...args);
  const ca = ["--tls-ca", `${CERTS}ca_cert.pem`];

  it("with user and password", options, async () => {
    const { code, stdout } = await greet(...ca, "--user", "ada:1815");
    assertEquals([code, stdout], [0, "result\nhello ada\n"]);
  });

  it("with the password of the environment", unixOnly, async () => {
    const { code, stdout } = await shell(
      `$FLIGHT action ${location} greet --raw ${ca.join(" ")} -u ada`,
      { FLIGHT_PASSWORD: "1815" },
    );
    assertEquals([code, stdout], [0, "hello ada"]);
  });

  it("with a token", options, async () => {
    const token = await tokens.issue("grace");
    const { code, stdout } = await greet(...ca, "--token", token);
    assertEquals([code, stdout], [0, "result\nhello grace\n"]);
  });

  it("with a certificate of an unknown authority", options, async () => {
    const { stdout } = await greet("--insecure", "--user", "ada:1815");
    assertEquals(stdout, "result\nhello ada\n");
  });

  it("not with a wrong password", options, async () => {
    const { code, stderr } = await greet(...ca, "--user", "ada:1816");
    assertEquals(code, 4);
    assertMatch(stderr, /^flight: \[unauthenticated\]/);
  });

  it("not at a server of another authority", options, async () => {
    const other = `${CERTS}other_ca_cert.pem`;
    const { code } = await greet("--tls-ca", other, "--user", "ada:1815");
    assertEquals(code, 5);
  });
});
