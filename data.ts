/**
 * Functions for data without a call, for every runtime: exact values, run-end encoded arrays and list views,
 * and schemas, FlightInfos and descriptors as bytes. The client, the server and the memory transport have
 * them too.
 *
 * ```ts
 * import { exactTable, exactValues } from "@contrail/flight/data";
 * import { assertEquals } from "@std/assert";
 *
 * const table = exactTable({ name: ["Lima", "Oslo"] });
 * assertEquals(exactValues(table.getChild("name")!), ["Lima", "Oslo"]);
 * ```
 *
 * @module
 */

export * from "./internal/exports/data.ts";
