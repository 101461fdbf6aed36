/**
 * The programs of others that are measured: the SQLite example of arrow-go, and
 * ADBC for Python.
 *
 * @module
 */
import {
  findGoTool,
  type FoundGoTool,
} from "../../tests/interop/programs/go_tools.ts";
import { fromFileUrl, INTEROP } from "../../tests/interop/programs/paths.ts";
import {
  PYARROW_VERSION,
  type Python,
} from "../../tests/interop/programs/python.ts";
import { runCommand } from "../../tools/run_command.ts";

/** The version of arrow-go. */
export const GO_VERSION = "18.8.0";
/** The version of ADBC. */
export const ADBC_VERSION = "1.13.0";

const NAME = "sqlite_flightsql_server";
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** Finds Go's server, and builds it where it is missing. */
export function findGoServer(): Promise<FoundGoTool> {
  return findGoTool({
    name: NAME,
    version: GO_VERSION,
    module: `github.com/apache/arrow-go/v18@v${GO_VERSION}`,
    folder: `./arrow/flight/flightsql/example/cmd/${NAME}`,
  });
}

/** Finds a Python with both drivers of ADBC, and installs them where they are missing. */
export async function findAdbc(): Promise<Python> {
  const venv = fromFileUrl(new URL(`venv-adbc-${ADBC_VERSION}`, INTEROP));
  const python = `${venv}/bin/python`;
  if (await hasDrivers(python)) return { python };
  console.log(`installing ADBC ${ADBC_VERSION}`);
  for (
    const command of [
      ["python3", "-m", "venv", "--clear", venv],
      [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        `adbc-driver-sqlite==${ADBC_VERSION}`,
        `adbc-driver-flightsql==${ADBC_VERSION}`,
        `pyarrow==${PYARROW_VERSION}`,
      ],
    ]
  ) {
    const { success, end, output } = await runCommand(
      command,
      INSTALL_TIMEOUT_MS,
    );
    if (success) continue;
    const reason = output.trim().split("\n").at(-1);
    return { problem: `${command.slice(0, 3).join(" ")}: ${end}: ${reason}` };
  }
  return await hasDrivers(python)
    ? { python }
    : { problem: "it was installed, but cannot be imported" };
}

async function hasDrivers(python: string): Promise<boolean> {
  const { success } = await runCommand(
    [
      python,
      "-c",
      "import adbc_driver_sqlite.dbapi, adbc_driver_flightsql.dbapi",
    ],
    INSTALL_TIMEOUT_MS,
  );
  return success;
}
