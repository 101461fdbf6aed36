/** Options that say how a server is reached, and the client that they make. */

import process from "node:process";
import { clientBasicAuth, clientBearerAuth } from "@contrail/flight/auth";
import {
  connect,
  type ConnectOptions,
  type FlightClient,
  FlightHeaders,
} from "@contrail/flight/client";
import { clientCookies } from "@contrail/flight/middleware";
import { type Command, Option } from "commander";
import { interruptible } from "./command_line.ts";
import { UsageError } from "./exit_code.ts";
import { collect, seconds } from "./options.ts";
import { askPassword } from "./password.ts";

/** The environment variables that keep secrets out of the list of processes. */
const PASSWORD = "FLIGHT_PASSWORD";
const TOKEN = "FLIGHT_TOKEN";

/** The values of {@linkcode connectionOptions}. */
export interface ConnectionOptions {
  readonly header?: readonly string[];
  readonly user?: string;
  readonly token?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
  readonly timeout?: number;
  readonly connectTimeout?: number;
}

/** Adds the options of a connection to a command. */
export function connectionOptions(command: Command): Command {
  return command
    .optionsGroup("Connection:")
    .option(
      "-H, --header <name:value>",
      "send a header with every call; may be repeated",
      collect,
    )
    .option(
      "-u, --user <name[:password]>",
      `log in; the password may be in ${PASSWORD}, or is asked for`,
    )
    .addOption(
      new Option("--token <token>", "send a Bearer token with every call")
        .env(TOKEN).conflicts("user"),
    )
    .option("--tls-ca <file>", "trust the certificates in a PEM file")
    .option(
      "--tls-cert <file>",
      "show a certificate to the server, for mutual TLS",
    )
    .option("--tls-key <file>", "private key of --tls-cert")
    .option("--insecure", "accept any certificate of the server")
    .option("--timeout <seconds>", "give up a call after so long", seconds)
    .option(
      "--connect-timeout <seconds>",
      "give up connecting after so long (default: 20)",
      seconds,
    );
}

/**
 * Makes a client.
 *
 * @param location What the user gave: `host:port` is enough.
 * @param options The options of the command.
 * @throws {UsageError} When they make no sense.
 */
export async function connectTo(
  location: string,
  options: ConnectionOptions,
): Promise<FlightClient> {
  const settings = await connectSettings(options);
  try {
    return connect(locationOf(location, settings.tls !== undefined), settings);
  } catch (error) {
    throw usage(error);
  }
}

/**
 * Runs a command with a client, which is closed in the end. Ctrl-C cancels it.
 *
 * @param location What the user gave.
 * @param options The options of the command.
 * @param run Gets the client, and a signal that is aborted by Ctrl-C.
 * @throws {UsageError} When the options make no sense.
 */
export function withClient<T>(
  location: string,
  options: ConnectionOptions,
  run: (client: FlightClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return interruptible(async (signal) => {
    await using client = await connectTo(location, options);
    return await run(client, signal);
  });
}

/** The options of `connect` that those of a command stand for. */
async function connectSettings(
  options: ConnectionOptions,
): Promise<ConnectOptions> {
  const { tlsCa, tlsCert, tlsKey, insecure } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError("--tls-cert and --tls-key need each other");
  }
  const hasTls = [tlsCa, tlsCert, insecure].some((value) =>
    value !== undefined
  );
  const file = (path: string | undefined) =>
    path === undefined ? undefined : { file: path };
  const interceptors = [clientCookies()];
  try {
    if (options.token !== undefined) {
      interceptors.push(clientBearerAuth(options.token));
    }
    if (options.user !== undefined) {
      interceptors.push(clientBasicAuth(await credentialsOf(options.user)));
    }
  } catch (error) {
    throw usage(error);
  }
  return {
    headers: headersOf(options.header ?? []),
    interceptors,
    timeoutMs: options.timeout,
    connectTimeoutMs: options.connectTimeout,
    ...(hasTls
      ? {
        tls: {
          rootCertificates: file(tlsCa),
          certificateChain: file(tlsCert),
          privateKey: file(tlsKey),
          insecureSkipVerify: insecure,
        },
      }
      : {}),
  };
}

/** A location without its scheme is one of gRPC. */
function locationOf(text: string, hasTls: boolean): string {
  if (text.includes("://")) return text;
  return `${hasTls ? "grpc+tls" : "grpc+tcp"}://${text}`;
}

/** Makes errors about arguments the user's mistake. */
function usage(error: unknown): unknown {
  return error instanceof TypeError || error instanceof RangeError
    ? new UsageError(error.message)
    : error;
}

function headersOf(pairs: readonly string[]): FlightHeaders {
  const headers = new FlightHeaders();
  for (const pair of pairs) {
    const colon = pair.indexOf(":");
    if (colon <= 0) {
      throw new UsageError(
        `--header must be NAME:VALUE, not ${JSON.stringify(pair)}`,
      );
    }
    try {
      headers.append(pair.slice(0, colon).trim(), pair.slice(colon + 1).trim());
    } catch (error) {
      throw usage(error);
    }
  }
  return headers;
}

async function credentialsOf(
  user: string,
): Promise<{ username: string; password: string }> {
  const colon = user.indexOf(":");
  if (colon >= 0) {
    return {
      username: user.slice(0, colon),
      password: user.slice(colon + 1),
    };
  }
  const password = process.env[PASSWORD] ??
    await askPassword(`Password of ${user}: `);
  if (password === undefined) {
    throw new UsageError(
      `no password for ${user}: set ${PASSWORD}, or give --user NAME:PASSWORD`,
    );
  }
  return { username: user, password };
}
