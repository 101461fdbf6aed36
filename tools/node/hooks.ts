/**
 * Has Node.js run the tests of this repository: `node --import tools/node/hooks.ts`. It finds
 * the names that deno.json and JSR know, and takes files that `lower.ts` has changed from the folder
 * that the variable `FLIGHT_LOWERED` names, if there is one.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);
const { FLIGHT_LOWERED } = process.env;
const LOWERED = FLIGHT_LOWERED && pathToFileURL(`${FLIGHT_LOWERED}/`);

const names = new Map<string, string>([
  ["@std/assert", new URL("tools/jsr_offline/assert/mod.ts", ROOT).href],
  ["bun:wrap", new URL("dispose.ts", import.meta.url).href],
]);
for (const [name, path] of Object.entries(config.exports)) {
  names.set(config.name + name.slice(1), new URL(path, ROOT).href);
}

registerHooks({
  resolve: (specifier, context, next) =>
    next(names.get(specifier) ?? specifier, context),
  load(url, context, next) {
    // A query makes another module of the same file.
    const [file] = url.split("?") as [string];
    if (LOWERED && file.startsWith(ROOT.href) && file.endsWith(".ts")) {
      const lowered = new URL(file.slice(ROOT.href.length), LOWERED);
      if (existsSync(lowered)) {
        return {
          format: "module",
          source: readFileSync(lowered),
          shortCircuit: true,
        };
      }
    }
    // A module of CommonJS requires JSON without saying so.
    return next(
      url,
      url.endsWith(".json")
        ? { ...context, importAttributes: { type: "json" } }
        : context,
    );
  },
});
