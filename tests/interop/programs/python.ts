/**
 * Packages of Python in virtual environments of their own, kept from run to run.
 *
 * @module
 */
import { fromFileUrl, INTEROP } from "./paths.ts";
import { runCommand } from "../../../tools/run_command.ts";

/** The pyarrow that we are tested against. */
export const PYARROW_VERSION = "25.0.1";

/** The ADBC driver that our server is tested with. */
export const ADBC_VERSION = "1.13.0";

/** The flightsql-dbapi that our server is tested with. */
export const DBAPI_VERSION = "0.2.2";

/** The checker of manifests; its version is that of the newest Kubernetes whose schemas it has. */
export const KUBERNETES_VALIDATE_VERSION = "1.37.0";

/** Installing downloads some 100 MB. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** The Python that has the packages, or why there is none. */
export type Python =
  | { readonly python: string }
  | { readonly problem: string };

/** Packages, and a proof that they are there. */
interface Environment {
  /** Name of the environment, with the version of its main package. */
  readonly name: string;
  /** The packages, with their versions. */
  readonly packages: readonly string[];
  /** Statements of Python that fail without them. */
  readonly check: string;
}

/** Finds pyarrow, and installs it where it is missing. */
export function findPyarrow(): Promise<Python> {
  return findPython({
    name: `venv-${PYARROW_VERSION}`,
    packages: [`pyarrow==${PYARROW_VERSION}`],
    check: "import pyarrow.flight",
  });
}

/** Finds the ADBC driver of Flight SQL, which is written in Go, and installs it where it is missing. */
export function findAdbc(): Promise<Python> {
  return findPython({
    name: `adbc-${ADBC_VERSION}`,
    packages: [
      `adbc-driver-flightsql==${ADBC_VERSION}`,
      `adbc-driver-manager==${ADBC_VERSION}`,
      `pyarrow==${PYARROW_VERSION}`,
    ],
    check: "import adbc_driver_flightsql.dbapi, pyarrow",
  });
}

/** Finds the ADBC drivers of Flight SQL and of SQLite, and installs them where they are missing. */
export function findAdbcWithSqlite(): Promise<Python> {
  return findPython({
    name: `venv-adbc-${ADBC_VERSION}`,
    packages: [
      `adbc-driver-sqlite==${ADBC_VERSION}`,
      `adbc-driver-flightsql==${ADBC_VERSION}`,
      `pyarrow==${PYARROW_VERSION}`,
    ],
    check: "import adbc_driver_sqlite.dbapi, adbc_driver_flightsql.dbapi",
  });
}

/** Finds flightsql-dbapi with SQLAlchemy, and installs them where they are missing. */
export function findDbapi(): Promise<Python> {
  return findPython({
    name: `dbapi-${DBAPI_VERSION}`,
    packages: [
      `flightsql-dbapi==${DBAPI_VERSION}`,
      `pyarrow==${PYARROW_VERSION}`,
      // Its cursor needs pandas, which it does not ask for.
      "pandas<4",
      "sqlalchemy<2",
    ],
    check: "import flightsql.sqlalchemy, pandas",
  });
}

/** Finds kubernetes-validate, which has the schemas of Kubernetes, and installs it where it is missing. */
export function findKubernetesValidate(): Promise<Python> {
  return findPython({
    name: `kubernetes-validate-${KUBERNETES_VALIDATE_VERSION}`,
    packages: [`kubernetes-validate==${KUBERNETES_VALIDATE_VERSION}`],
    check: "import kubernetes_validate, yaml",
  });
}

/**
 * Finds a program that a package of Python contains, and installs it where it is missing.
 *
 * @param name The package.
 * @param version Its version.
 * @param program Name of the program.
 */
export async function findPythonProgram(
  name: string,
  version: string,
  program: string,
): Promise<{ readonly path: string } | { readonly problem: string }> {
  const found = await findPython({
    name: `${name}-${version}`,
    packages: [`${name}==${version}`],
    check: `import pathlib, sys
assert (pathlib.Path(sys.prefix) / "bin" / "${program}").exists()`,
  });
  if ("problem" in found) return found;
  return { path: found.python.replace(/python$/, program) };
}

async function findPython(
  { name, packages, check }: Environment,
): Promise<Python> {
  const venv = fromFileUrl(new URL(name, INTEROP));
  const python = `${venv}/bin/python`;
  const isThere = async () =>
    (await runCommand([python, "-c", check], INSTALL_TIMEOUT_MS)).success;
  if (await isThere()) return { python };
  console.log(`installing ${packages.join(", ")}`);
  const pip = [python, "-m", "pip", "install", "--quiet"];
  for (
    const command of [
      ["python3", "-m", "venv", "--clear", venv],
      [...pip, "--disable-pip-version-check", ...packages],
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
  return await isThere()
    ? { python }
    : { problem: "they were installed, but cannot be imported" };
}
