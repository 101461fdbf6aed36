/** The explorer: its page, on the port of the server. */

import { isIP } from "node:net";
import process from "node:process";
import type { WebOptions } from "@contrail/flight/server";
import { builtPage } from "../../../explorer/build/build_page.ts";
import { UsageError } from "../../exit_code.ts";
import { readPage } from "./page_files.ts";

/**
 * Makes the option `web` of a server with the page. Pages of other origins may make no calls, and a
 * server for this machine answers by the names of this machine only: a name of another site that points
 * to it would give its pages access to the data.
 *
 * @param hostname The address of the server.
 * @throws {UsageError} When the page cannot be built.
 */
export async function explorerOptions(hostname: string): Promise<WebOptions> {
  const page = await readPage(
    await usable(builtPage({
      onBuild: () =>
        process.stderr.write(
          "flight: building the page of the explorer, once\n",
        ),
    })),
  );
  return {
    otherwise: async (request) => await page(request) ?? notFound(),
    ...isLoopback(hostname) && { hosts: isLoopback },
  };
}

/**
 * Returns the address of the page.
 *
 * @param hostname The address of the server.
 * @param port The port of the server.
 * @param isSecure True with TLS.
 */
export function explorerUrl(
  hostname: string,
  port: number,
  isSecure: boolean,
): string {
  const scheme = isSecure ? "https" : "http";
  return `${scheme}://${addressOf(hostname)}:${port}/`;
}

function notFound(): Response {
  return new Response("There is no such page: the explorer is at /.\n", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") ||
    host === "::1" || isIP(host) === 4 && host.startsWith("127.");
}

/** A browser cannot go to the address that means all addresses. */
function addressOf(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "localhost";
  return isIP(hostname) === 6 ? `[${hostname}]` : hostname;
}

async function usable<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw new UsageError(
      `cannot serve the explorer: ${
        error instanceof Error ? error.message : error
      }`,
      { cause: error },
    );
  }
}
