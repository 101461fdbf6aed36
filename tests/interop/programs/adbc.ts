/**
 * The ADBC driver of Flight SQL for Python, which is written in Go, in a virtual
 * environment of its own, kept from run to run.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";
import { fromFileUrl, INTEROP } from "./paths.ts";
import { PYARROW_VERSION, type Python } from "./python.ts";

/** The driver that our server is tested with. */
export const ADBC_VERSION = "1.13.0";

/** Installing downloads some 80 MB. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

const CHECK =
  "import adbc_driver_flightsql.dbapi as dbapi; import pyarrow; print(dbapi.__name__)";

/** Finds the driver, and installs it where it is missing. */
export async function findAdbc(): Promise<Python> {
  const venv = fromFileUrl(new URL(`adbc-${ADBC_VERSION}`, INTEROP));
  const python = `${venv}/bin/python`;
  if (await hasAdbc(python)) return { python };
  console.log(`installing adbc-driver-flightsql ${ADBC_VERSION}`);
  const install = [python, "-m", "pip", "install", "--quiet"];
  for (
    const command of [
      ["python3", "-m", "venv", "--clear", venv],
      [
        ...install,
        "--disable-pip-version-check",
        `adbc-driver-flightsql==${ADBC_VERSION}`,
        `adbc-driver-manager==${ADBC_VERSION}`,
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
  return await hasAdbc(python)
    ? { python }
    : { problem: "it was installed, but cannot be imported" };
}

async function hasAdbc(python: string): Promise<boolean> {
  const { success } = await runCommand(
    [python, "-c", CHECK],
    INSTALL_TIMEOUT_MS,
  );
  return success;
}
