/**
 * `flight_sql`, `flight_sql:extension` and `flight_sql:ingestion`: Flight SQL,
 * of which one server answers all.
 *
 * @module
 */
import type { Scenario } from "../scenario.ts";
import {
  runFlightSql,
  runFlightSqlExtension,
  runFlightSqlIngestion,
} from "./client.ts";
import { flightSqlScenarioService } from "./server.ts";

/** The scenarios, with the steps of the clients in C++ and Go. */
export const FLIGHT_SQL = {
  flight_sql: { service: flightSqlScenarioService, run: runFlightSql },
  extension: { service: flightSqlScenarioService, run: runFlightSqlExtension },
  ingestion: { service: flightSqlScenarioService, run: runFlightSqlIngestion },
} satisfies Readonly<Record<string, Scenario>>;
