/** README shows two examples as they are: those that examples_test.ts runs. */
import { assertStringIncludes } from "@std/assert";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);

for (const name of ["server", "client"]) {
  test(`README shows examples/${name}.ts`, async () => {
    const example = await readFile(
      new URL(`examples/${name}.ts`, ROOT),
      "utf8",
    );
    const code = example.slice(example.indexOf("import"));
    const readme = await readFile(new URL("README.md", ROOT), "utf8");
    assertStringIncludes(readme, "```ts ignore\n" + code + "```\n");
  });
}
