/**
 * pyarrow in a virtual environment of its own, kept from run to run.
 *
 * @module
 */
import { fromFileUrl, INTEROP } from "./paths.ts";
import { runCommand } from "../../../tools/run_command.ts";

/** The pyarrow that we are tested against. */
export const PYARROW_VERSION = "25.0.1";

/** Installing downloads some 50 MB. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** The Python that has pyarrow, or why there is none. */
export type Python =
  | { readonly python: string }
  | { readonly problem: string };

/** Finds pyarrow, and installs it where it is missing. */
export async function findPyarrow(): Promise<Python> {
  const venv = fromFileUrl(new URL(`venv-${PYARROW_VERSION}`, INTEROP));
  const python = `${venv}/bin/python`;
  if (await hasPyarrow(python)) return { python };
  console.log(`installing pyarrow ${PYARROW_VERSION}`);
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
  return await hasPyarrow(python)
    ? { python }
    : { problem: "it was installed, but cannot be imported" };
}

async function hasPyarrow(python: string): Promise<boolean> {
  const { success, output } = await runCommand(
    [python, "-c", "import pyarrow.flight; print(pyarrow.__version__)"],
    INSTALL_TIMEOUT_MS,
  );
  return success && output.trim() === PYARROW_VERSION;
}
