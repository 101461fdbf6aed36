/**
 * What the explorer has to do where a server asks for users, as cases.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Fixture, onPage } from "./explorer_case.ts";
import type { ExplorerPage } from "./explorer_page.ts";
import { ORDERS } from "./sample_data.ts";

/** The calls of a page. */
const CALLS = "**/arrow.flight.protocol.FlightService/*";

/** The cases by their names. */
export const LOGIN_CASES: Readonly<
  Record<string, (fixture: Fixture) => Promise<void>>
> = {
  "login: a server that asks for users": async (fixture) => {
    await using server = await fixture.guarded();
    await onPage({ ...fixture, server }, {}, async (explorer) => {
      const { page } = explorer;
      await page.locator("#login[open]").waitFor();
      await fixture.picture(explorer, "login");
      assertEquals(await explorer.faults(), []);
      await signIn(explorer, "wrong");
      await page.getByText("does not know this user").waitFor();
      await signIn(explorer, "1815");
      await explorer.catalog();
      await explorer.run("SELECT count(*) AS n FROM orders");
      assertEquals((await explorer.row("1"))[1], String(ORDERS));
    });
  },

  "login: a query and the catalog are refused, and ask once for both": (
    fixture,
  ) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      // As after a change of the server's users.
      let refused = 0;
      await page.route(CALLS, (route) => {
        const { authorization } = route.request().headers();
        if (authorization === `Basic ${btoa("ada:1815")}`) {
          return route.continue();
        }
        refused++;
        const headers = {
          "content-type": "application/grpc-web+proto",
          "grpc-status": "16",
        };
        return route.fulfill({ status: 200, headers });
      });
      const dialog = page.locator("#login[open]");
      await explorer.write("SELECT count(*) AS n FROM item");
      await page.keyboard.press("ControlOrMeta+Enter");
      await dialog.waitFor();
      await page.keyboard.press("Escape");
      assertStringIncludes(await explorer.ended(), "UNAUTHENTICATED");

      refused = 0;
      await page.evaluate(
        `for (const id of ["refresh", "run"]) document.getElementById(id).click()`,
      );
      await dialog.waitFor();
      // The catalog asks for tables and for flights.
      while (refused < 3) await page.waitForTimeout(20);
      await signIn(explorer, "1815");
      assertStringIncludes(await explorer.ended(), "1 row in ");
      await page.locator("#catalog", { hasText: "orders" }).waitFor();
      assertEquals(await dialog.count(), 0);
    }),
};

async function signIn({ page }: ExplorerPage, password: string): Promise<void> {
  await page.fill("[name=username]", "ada");
  await page.fill("[name=password]", password);
  await page.keyboard.press("Enter");
}
