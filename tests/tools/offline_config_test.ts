/** `deno.offline.json` is `deno.json` for machines without JSR. */
import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import config from "../../deno.json" with { type: "json" };
import stand from "../../tools/jsr_offline/assert/deno.json" with {
  type: "json",
};
import {
  type Lock,
  offlineConfig,
  offlineLock,
} from "../../tools/offline_config.ts";

const LOCK: Lock = JSON.parse(
  readFileSync(new URL("../../deno.lock", import.meta.url), "utf8"),
);
const PACKAGE = `${stand.name}@${stand.version}`;

test("offlineConfig() keeps all that decides how tests run", () => {
  const offline = offlineConfig(config);
  for (const name of ["exports", "imports", "compilerOptions", "exclude"]) {
    assertEquals(offline[name], Reflect.get(config, name), name);
  }
  assertEquals(offline.links, ["./tools/jsr_offline/assert"]);
  assertEquals(offline.lock, { frozen: true, path: "./deno.offline.lock" });
  assert(!("links" in config), "deno.json takes packages from JSR");
});

test("offlineLock() locks the same packages of npm, and none of JSR", () => {
  const offline = offlineLock(LOCK, [`jsr:${PACKAGE}`]);
  assertEquals(offline.npm, LOCK.npm);
  assertEquals(
    Object.entries(offline.specifiers),
    Object.entries(LOCK.specifiers).filter(([name]) => name.startsWith("npm:")),
  );
  assert(!("jsr" in offline));
  assertEquals(offline.workspace.links, { [`jsr:${PACKAGE}`]: {} });
});

test("deno.lock has the hash of the package that the stand-in stands for", () => {
  const jsr = LOCK.jsr as Record<string, { integrity: string }>;
  const hash = jsr[PACKAGE]?.integrity;
  assert(/^[0-9a-f]{64}$/.test(hash ?? ""), hash);
});
