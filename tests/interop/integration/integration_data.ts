/**
 * The data files that testers are given, made anew by each run.
 *
 * @module
 */
import {
  CASE_NAMES,
  generateCase,
} from "../integration_json/generate/cases.ts";
import { documentText } from "../integration_json/json_document.ts";
import { fromFileUrl, INTEROP } from "../programs/paths.ts";

const FOLDER = new URL("integration_json/", INTEROP);

/** Writes all of them. */
export async function writeDataFiles(): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const name of CASE_NAMES) {
    await Deno.writeTextFile(fileOf(name), documentText(generateCase(name)));
  }
}

/** The path of one of them. */
export function fileOf(name: string): string {
  return fromFileUrl(new URL(`${name}.json`, FOLDER));
}
