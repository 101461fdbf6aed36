/**
 * Builds the page that `flight serve … --web` serves, unless it is up to date.
 *
 *     deno task explorer
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { builtPage } from "./build/build_page.ts";

const folder = await builtPage({
  onBuild: () => console.log("building the page"),
});
for (const name of (await readdir(folder)).sort()) {
  const { size } = await stat(new URL(name, folder));
  console.log(`${String(Math.ceil(size / 1024)).padStart(6)} KiB  ${name}`);
}
console.log(fileURLToPath(folder));
