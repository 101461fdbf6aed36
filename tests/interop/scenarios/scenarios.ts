/**
 * The scenarios by their names, as Arrow's runner gives them.
 *
 * @module
 */
import { APP_METADATA } from "./app_metadata.ts";
import { AUTH_BASIC_PROTO } from "./auth_basic_proto.ts";
import { DO_EXCHANGE_ECHO } from "./do_exchange_echo.ts";
import { EXPIRATION_TIME } from "./expiration_time.ts";
import { FLIGHT_SQL } from "./flight_sql/flight_sql.ts";
import { jsonData, type JsonDataOptions } from "./json_data.ts";
import { LOCATION_REUSE_CONNECTION } from "./location_reuse_connection.ts";
import { MIDDLEWARE } from "./middleware.ts";
import { ORDERED } from "./ordered.ts";
import { POLL_FLIGHT_INFO } from "./poll_flight_info.ts";
import { SESSION_OPTIONS } from "./session_options.ts";
import type { Scenario } from "./scenario.ts";

/** The scenarios that have a name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "auth:basic_proto": AUTH_BASIC_PROTO,
  "middleware": MIDDLEWARE,
  "ordered": ORDERED,
  "expiration_time:do_get": EXPIRATION_TIME.do_get,
  "expiration_time:list_actions": EXPIRATION_TIME.list_actions,
  "expiration_time:cancel_flight_info": EXPIRATION_TIME.cancel_flight_info,
  "expiration_time:renew_flight_endpoint":
    EXPIRATION_TIME.renew_flight_endpoint,
  "do_exchange:echo": DO_EXCHANGE_ECHO,
  "location:reuse_connection": LOCATION_REUSE_CONNECTION,
  "session_options": SESSION_OPTIONS,
  "poll_flight_info": POLL_FLIGHT_INFO,
  "app_metadata_flight_info_endpoint": APP_METADATA,
  "flight_sql": FLIGHT_SQL.flight_sql,
  "flight_sql:extension": FLIGHT_SQL.extension,
  "flight_sql:ingestion": FLIGHT_SQL.ingestion,
};

/**
 * Finds what the options of a program ask for: a scenario, or the default flow
 * with a JSON file where they name none.
 *
 * @throws {RangeError} When there is no scenario of that name.
 */
export function scenarioOf(
  options: JsonDataOptions & { readonly scenario?: string | undefined },
): Scenario {
  if (options.scenario === undefined) return jsonData(options);
  const scenario = SCENARIOS[options.scenario];
  if (scenario) return scenario;
  const names = Object.keys(SCENARIOS).join(", ");
  throw new RangeError(
    `Cannot use option --scenario: ${options.scenario} is not one of ${names}`,
  );
}
