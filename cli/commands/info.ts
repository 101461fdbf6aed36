/** `flight info`: GetFlightInfo. */

import {
  epochNanoseconds,
  type FlightEndpoint,
  type FlightInfo,
  typeText,
} from "@contrail/flight/client";
import { Command } from "commander";
import {
  type ConnectionOptions,
  connectionOptions,
  withClient,
} from "../connection.ts";
import {
  descriptorArguments,
  descriptorOf,
  type DescriptorOptions,
} from "../descriptor.ts";
import { outputOption, type OutputOptions } from "../options.ts";
import { bytesText, descriptorText } from "../output/descriptor_text.ts";
import { Output } from "../output/output.ts";
import { plainText } from "../output/plain_text.ts";
import { printRows } from "../output/rows.ts";
import { fractionText } from "../output/scalars.ts";

/** Makes the command. */
export function infoCommand(): Command {
  const command = new Command("info")
    .summary("show where a data set can be read")
    .description(
      "Shows a data set: its size, and its endpoints with ticket, locations and expiry.\n--output json writes one object for the data set, csv and arrow a row for each\nendpoint.",
    )
    .argument("<location>", "the server");
  outputOption(descriptorArguments(command));
  connectionOptions(command);
  return command.action(info);
}

async function info(
  location: string,
  path: readonly string[],
  options: DescriptorOptions & OutputOptions & ConnectionOptions,
): Promise<void> {
  await withClient(location, options, async (client, signal) => {
    const descriptor = descriptorOf(path, options);
    const info = await client.getFlightInfo(descriptor, { signal });
    const output = Output.standard();
    if (options.output === "json") {
      await output.text(`${JSON.stringify(objectOf(info))}\n`);
      return await output.flush();
    }
    if (options.output === "table") {
      for (const [name, value] of summaryOf(info)) {
        await output.text(`${name}: ${plainText(value)}\n`);
      }
      await output.flush();
    }
    await printRows(
      options,
      {
        endpoint: "integer",
        ticket: "text",
        locations: "text",
        expires: "text",
      },
      info.endpoints.map((endpoint, index) => ({
        endpoint: BigInt(index + 1),
        ...partsOf(endpoint),
        locations: endpoint.locations.map(({ uri }) => uri).join(" "),
      })),
    );
  });
}

function* summaryOf(
  { descriptor, schema, totalRecords, totalBytes, ordered, appMetadata }:
    FlightInfo,
): Generator<[string, string]> {
  if (descriptor) yield ["descriptor", descriptorText(descriptor)];
  yield ["rows", totalRecords === undefined ? "unknown" : String(totalRecords)];
  yield ["bytes", totalBytes === undefined ? "unknown" : String(totalBytes)];
  yield ["ordered", ordered ? "yes" : "no"];
  if (appMetadata) yield ["metadata", bytesText(appMetadata)];
  if (schema === undefined) return;
  yield ["columns", schema.fields.map(String).join(", ")];
}

function partsOf({ ticket, expirationTime }: FlightEndpoint): {
  ticket: string;
  expires: string | undefined;
} {
  return {
    ticket: bytesText(ticket.ticket),
    expires: expirationTime && timeText(expirationTime),
  };
}

/** Numbers beyond the precision of a double are unlikely here, and become text. */
function objectOf(info: FlightInfo): unknown {
  const { descriptor, schema, totalRecords, totalBytes, appMetadata } = info;
  return {
    descriptor: descriptor && descriptorText(descriptor),
    rows: totalRecords === undefined ? null : numberOf(totalRecords),
    bytes: totalBytes === undefined ? null : numberOf(totalBytes),
    ordered: info.ordered,
    metadata: appMetadata && bytesText(appMetadata),
    columns: schema &&
      schema.fields.map(({ name, type, nullable }) => ({
        name,
        type: typeText(type),
        nullable,
      })),
    endpoints: info.endpoints.map((endpoint) => ({
      ...partsOf(endpoint),
      locations: endpoint.locations.map(({ uri }) => uri),
    })),
  };
}

function numberOf(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** With all its digits, also beyond the years of a Date. */
function timeText(date: Date): string {
  const time = new Date(Math.floor(date.getTime() / 1000) * 1000);
  const nanoseconds = epochNanoseconds(date) % 1_000_000_000n;
  const fraction = fractionText(nanoseconds, 9).replace(/^-?0/, "");
  return time.toISOString().replace(".000Z", `${fraction}Z`);
}
