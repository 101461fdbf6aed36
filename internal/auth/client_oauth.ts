/** The client's side of authentication by a token of OAuth 2.0. */

import {
  choiceOption,
  functionOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
  textOption,
} from "../core/check_option.ts";
import type { OptionNames } from "../core/known_options.ts";
import { valueName } from "../base/value_name.ts";
import type { FlightInterceptor } from "../interceptors/interceptor.ts";
import { AUTHORIZATION } from "./bearer_token.ts";
import { clientToken } from "./client_token.ts";
import {
  fetchOAuthToken,
  type OAuthRequest,
  type OAuthToken,
} from "./oauth_token.ts";

/** Options of {@linkcode clientOAuth}. */
export interface ClientOAuthOptions {
  /** Address of the token endpoint: `https://`, or `http://` of this machine. */
  readonly tokenUrl: string | URL;
  /** Id of the client. */
  readonly clientId: string;
  /** Secret of the client. Default: none, for clients that have none. */
  readonly clientSecret?: string | undefined;
  /** Scopes that the token shall have, with spaces between them. Default: those of the server. */
  readonly scope?: string | undefined;
  /**
   * Further parameters of the request, such as `audience`. A `grant_type` among them replaces
   * `client_credentials`: an exchange of tokens (RFC 8693) has
   * `urn:ietf:params:oauth:grant-type:token-exchange`, with `subject_token` and `subject_token_type`. A
   * function is called for each request.
   */
  readonly parameters?:
    | Readonly<Record<string, string>>
    | (() =>
      | Readonly<Record<string, string>>
      | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /**
   * The place of id and secret in the request: `"basic"`, the header `authorization` (RFC 6749, section
   * 2.3.1), or `"body"`. Default: `"basic"`.
   */
  readonly credentialsIn?: "basic" | "body" | undefined;
  /** Longest time of one request, in milliseconds, 1 to 2³¹ − 1. Default: 20,000. */
  readonly timeoutMs?: number | undefined;
  /** Function that sends the request. Default: that of the runtime. */
  readonly fetch?: typeof fetch | undefined;
}

/** The names of {@linkcode ClientOAuthOptions}. */
const CLIENT_OAUTH_OPTIONS: OptionNames<ClientOAuthOptions> = {
  tokenUrl: true,
  clientId: true,
  clientSecret: true,
  scope: true,
  parameters: true,
  credentialsIn: true,
  timeoutMs: true,
  fetch: true,
};

/**
 * Makes an interceptor that sends a Bearer token of an OAuth 2.0 server with each call.
 *
 * The token is fetched when the first call needs it, once for all calls that wait for it, by the grant
 * `client_credentials` (RFC 6749, section 4.4) or another one of `parameters`. It is fetched anew before it
 * expires (`expires_in`), and when the Flight server answers UNAUTHENTICATED: that call is then made once
 * more, if its request is not a stream. To detect that, the first message of an answer is read ahead.
 *
 * If the token cannot be fetched, the waiting calls fail: with UNAUTHENTICATED where the endpoint refuses,
 * with the `error` of its answer, and with UNAVAILABLE where it cannot be reached. No error has a secret in
 * it. Redirects are not followed. Calls with an `authorization` header of their own are left alone.
 *
 * @param options The token endpoint, and the client's id and secret.
 * @returns The interceptor, for a client.
 * @throws {TypeError} When an option is of the wrong type, or `tokenUrl` is neither `https://` nor of this
 * machine.
 * @throws {RangeError} When `timeoutMs` is out of range.
 */
export function clientOAuth(options: ClientOAuthOptions): FlightInterceptor {
  const known = objectOption("options", options ?? {}, CLIENT_OAUTH_OPTIONS);
  const parameters = parametersOf(known);
  const request = requestOf(known);
  return clientToken<OAuthToken>({
    name: "clientOAuth",
    header: AUTHORIZATION,
    skipsHandshake: false,
    fetch: async () =>
      await fetchOAuthToken({ ...request, parameters: await parameters() }),
    value: ({ text }) => `Bearer ${text}`,
    isOver: ({ renewAt }) => performance.now() >= renewAt,
  });
}

function requestOf(
  options: ClientOAuthOptions,
): Omit<OAuthRequest, "parameters"> {
  const {
    clientId,
    clientSecret,
    credentialsIn = "basic",
    timeoutMs = 20_000,
  } = options;
  if (typeof clientId !== "string" || clientId === "") {
    throw new TypeError("Cannot use option clientId: it must be text");
  }
  if (clientSecret !== undefined && typeof clientSecret !== "string") {
    // The value may be a secret, so the message does not show it.
    throw new TypeError(
      `Cannot use option clientSecret: ${valueName(clientSecret)} is not text`,
    );
  }
  choiceOption("credentialsIn", credentialsIn, ["basic", "body"]);
  integerOption("timeoutMs", timeoutMs, 1, MAX_TIMER_MS);
  functionOption("fetch", options.fetch);
  return {
    url: checkedUrl(options.tokenUrl),
    clientId,
    clientSecret,
    inBody: credentialsIn === "body",
    timeoutMs,
    // Looked up late, and called as a function: that of a browser wants no other `this`.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
  };
}

function parametersOf(
  options: ClientOAuthOptions,
): () => Promise<Record<string, string>> {
  const { scope, parameters } = options;
  textOption("scope", scope);
  if (typeof parameters !== "function") checkedParameters(parameters);
  return async () => ({
    grant_type: "client_credentials",
    ...(scope !== undefined && { scope }),
    ...checkedParameters(
      typeof parameters === "function" ? await parameters() : parameters,
    ),
  });
}

/** The secret of the client is sent there: without TLS anyone on the way could read it. */
function checkedUrl(value: string | URL): string {
  const text = String(value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
  if (
    url === undefined || url.username !== "" || url.password !== "" ||
    !(url.protocol === "https:" ||
      url.protocol === "http:" && isHere.test(url.hostname))
  ) {
    throw new TypeError(
      "Cannot use option tokenUrl: it must be an https:// URL without credentials, or http:// of this machine",
    );
  }
  return url.href;
}

/** Checks parameters, which may hold secrets: the error shows none. */
function checkedParameters(
  parameters: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  objectOption("parameters", parameters);
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value === "string") continue;
    throw new TypeError(
      `Cannot use option parameters.${name}: ${valueName(value)} is not text`,
    );
  }
  return parameters;
}
