/// <reference lib="dom" />
/** The connection to the server that serves this page. */

import { connectWeb, type EndpointsStream } from "@contrail/flight/web";
import { clientBasicAuth } from "@contrail/flight/auth";
import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import { dialectOf } from "../../cli/sql/dialects.ts";
import { type SqlDialect, STANDARD } from "../../cli/sql/tokens.ts";
import {
  type Catalog,
  type CatalogFlight,
  flightOf,
  tablesOf,
} from "../model/catalog.ts";

/** Most flights that the catalog lists. */
const MAX_FLIGHTS = 1000;

/** User and password. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Facts that the server tells of itself. */
interface ServerFacts {
  readonly name: string;
  readonly isReadOnly: boolean;
  readonly dialect: SqlDialect;
}

/** The client, and the calls of the page. */
export class Session {
  #client: FlightSqlClient = connect(undefined);
  #hasUser = false;

  /** The client of Flight SQL. */
  get client(): FlightSqlClient {
    return this.#client;
  }

  /** True if calls name a user. */
  get hasUser(): boolean {
    return this.#hasUser;
  }

  /** Uses a user from now on; calls that run go on. */
  logIn(login: Login): void {
    this.#client = connect(login);
    this.#hasUser = true;
  }

  /** Asks for tables and flights. A server without Flight SQL has flights only. */
  async catalog(): Promise<Catalog> {
    const [tables, flights] = await Promise.all([
      this.#client.tables({ includeSchema: true }).then(tablesOf, (error) => {
        if (error?.code === "UNIMPLEMENTED") return [];
        throw error;
      }),
      this.#flights(),
    ]);
    return { tables, flights };
  }

  /** Asks what the server is; one that does not tell is a Flight server. */
  async facts(): Promise<ServerFacts> {
    try {
      const info = await this.#client
        .sqlInfo(["name", "version", "readOnly", "identifierQuoteChar"]);
      const { name = "", version = "", readOnly = false } = info;
      return {
        name: `${name} ${version}`.trim(),
        isReadOnly: readOnly,
        dialect: dialectOf(info),
      };
    } catch {
      return { name: "", isReadOnly: false, dialect: STANDARD };
    }
  }

  /** Reads a flight. */
  readFlight({ info }: CatalogFlight, signal: AbortSignal): EndpointsStream {
    return this.#client.flight.read(info, { signal });
  }

  async #flights(): Promise<CatalogFlight[]> {
    const flights: CatalogFlight[] = [];
    // Not for await: Safari cannot iterate over streams.
    const reader = this.#client.flight.listFlights().getReader();
    try {
      while (flights.length < MAX_FLIGHTS) {
        const { done, value } = await reader.read();
        if (done) break;
        flights.push(flightOf(value));
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== "UNIMPLEMENTED") throw error;
    } finally {
      reader.cancel().catch(() => {});
    }
    return flights;
  }
}

function connect(login: Login | undefined): FlightSqlClient {
  const url = new URL(".", document.baseURI);
  const interceptors = login === undefined ? [] : [clientBasicAuth(login)];
  return flightSql(connectWeb(url.href.replace(/\/$/, ""), { interceptors }));
}
