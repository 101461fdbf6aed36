/**
 * The programs that use drivers for databases with a server of ours.
 *
 * @module
 */
import { fromFileUrl, INTEROP, interopFile } from "../programs/paths.ts";
import { programOf } from "../programs/programs.ts";
import { DBAPI_VERSION, findDbapi } from "../programs/python.ts";
import { runCommand } from "../../../tools/run_command.ts";

/** The version of the JDBC driver. */
const JDBC_VERSION = "18.3.0";

const GO_SOURCE = new URL("go/", import.meta.url);
const [, GO_VERSION] = /arrow-go\/v18 v(\S+)/.exec(
  Deno.readTextFileSync(new URL("go.mod", GO_SOURCE)),
)!;

/** The version of the crate arrow-flight. */
const RUST_VERSION = "60.1.0";

/** Cargo compiles some 200 crates. */
const CARGO_TIMEOUT_MS = 60 * 60_000;

/** Downloads and compiles a driver. */
const BUILD_TIMEOUT_MS = 10 * 60_000;

/** A driver that can be run. */
export interface FoundDriver {
  /** The program: `list`, or `run ENGINE PORT NAMES`. */
  readonly client: readonly string[];
}

/** A driver, and the way to get it. */
interface Driver {
  /** Name and version. */
  readonly title: string;
  /** Finds the program, and builds it where it is missing. */
  readonly find: () => Promise<FoundDriver | { readonly problem: string }>;
}

/** The drivers by the names of their parts. */
export const DRIVERS = {
  jdbc: {
    title: `the JDBC driver of Arrow Flight SQL ${JDBC_VERSION}`,
    find: findJdbc,
  },
  "database-sql": {
    title: `Go's database/sql over arrow-go ${GO_VERSION}`,
    find: findGo,
  },
  dbapi: {
    title: `flightsql-dbapi ${DBAPI_VERSION}, alone and below SQLAlchemy`,
    find: findPythonDriver,
  },
  "rust-client": {
    title: `flight_sql_client of arrow-flight ${RUST_VERSION}`,
    find: findRust,
  },
} satisfies Record<string, Driver>;

/** The name of a driver. */
export type DriverName = keyof typeof DRIVERS;

async function findJdbc(): ReturnType<Driver["find"]> {
  const java = await runCommand(["java", "-version"], BUILD_TIMEOUT_MS);
  if (!java.success) return { problem: `java: ${java.end}` };
  const name = "flight-sql-jdbc-driver";
  const folder = fromFileUrl(new URL("jdbc", INTEROP));
  const jar = `${folder}/${name}-${JDBC_VERSION}.jar`;
  if (!await Deno.stat(jar).catch(() => undefined)) {
    console.log(`downloading ${name} ${JDBC_VERSION}`);
    const { success, end, output } = await runCommand([
      "mvn",
      "--quiet",
      "--batch-mode",
      "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy",
      `-Dartifact=org.apache.arrow:${name}:${JDBC_VERSION}`,
      `-DoutputDirectory=${folder}`,
    ], BUILD_TIMEOUT_MS);
    if (!success) return { problem: `mvn copy: ${end}: ${output.trim()}` };
  }
  return {
    client: [
      "java",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      // Arrow reaches into buffers of the JDK.
      "--add-opens=java.base/java.nio=ALL-UNNAMED",
      "-cp",
      jar,
      // Java compiles a single file by itself.
      fromFileUrl(new URL("jdbc/JdbcCases.java", import.meta.url)),
    ],
  };
}

async function findGo(): ReturnType<Driver["find"]> {
  const program = fromFileUrl(new URL("go/database-sql", INTEROP));
  if (!await Deno.stat(program).catch(() => undefined)) {
    console.log(`building the driver of arrow-go ${GO_VERSION}`);
  }
  // Does nothing where nothing has changed.
  const { success, end, output } = await runCommand([
    "env",
    "CGO_ENABLED=0",
    "go",
    "-C",
    fromFileUrl(GO_SOURCE),
    "build",
    "-o",
    program,
    ".",
  ], BUILD_TIMEOUT_MS);
  if (!success) {
    return {
      problem: `go build: ${end}: ${output.trim().split("\n").at(-1)}`,
    };
  }
  return { client: [program] };
}

async function findRust(): ReturnType<Driver["find"]> {
  const name = "flight_sql_client";
  const root = fromFileUrl(new URL(`${name}-${RUST_VERSION}`, INTEROP));
  const program = `${root}/bin/${name}`;
  if (!await Deno.stat(program).catch(() => undefined)) {
    console.log(`building ${name} ${RUST_VERSION}, which takes a while`);
    const { success, end, output } = await runCommand([
      // Optimized, it takes four times as long to build.
      ...["cargo", "install", "--debug", "arrow-flight"],
      ...["--version", RUST_VERSION, "--locked", "--bin", name],
      ...["--features", "cli,flight-sql,tls-ring", "--root", root],
    ], CARGO_TIMEOUT_MS);
    if (!success) {
      const reason = output.trim().split("\n").at(-1);
      return { problem: `cargo install: ${end}: ${reason}` };
    }
  }
  const client = interopFile("drivers/rust_client.ts");
  return { client: [...await programOf("deno"), client, program] };
}

async function findPythonDriver(): ReturnType<Driver["find"]> {
  const found = await findDbapi();
  if ("problem" in found) return found;
  return { client: [found.python, interopFile("python/dbapi_cases.py")] };
}
