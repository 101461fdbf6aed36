/** The request for a token of OAuth 2.0 (RFC 6749), and its answer. */

import { quoted } from "../base/quoted.ts";
import { encodeBase64 } from "../base/base64.ts";
import { toBytes } from "../base/bytes.ts";
import { afterDelay } from "../base/timers/deadline.ts";
import { FlightError } from "../core/flight_error.ts";
import { checkedToken } from "./checked_answers.ts";

/** A token, and the end of its use. */
export interface OAuthToken {
  /** The token itself. */
  readonly text: string;
  /** Time of `performance.now()` from which on another one is fetched; `Infinity` if unknown. */
  readonly renewAt: number;
}

/** Everything that the request needs, checked. */
export interface OAuthRequest {
  /** Address of the token endpoint. */
  readonly url: string;
  /** Parameters of the body, without those of the client. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Id of the client. */
  readonly clientId: string;
  /** Secret of the client, if it has one. */
  readonly clientSecret: string | undefined;
  /** True if both are sent in the body, and not by the scheme Basic. */
  readonly inBody: boolean;
  /** Longest time of the request, in milliseconds. */
  readonly timeoutMs: number;
  /** Sends it. */
  readonly fetch: typeof fetch;
}

/**
 * Fetches a token.
 *
 * @returns The token.
 * @throws {FlightError} UNAVAILABLE when the server cannot be reached or fails, UNAUTHENTICATED when it refuses,
 * DEADLINE_EXCEEDED after `timeoutMs`, INTERNAL when its answer has no token.
 */
export async function fetchOAuthToken(
  request: OAuthRequest,
): Promise<OAuthToken> {
  const asked = performance.now();
  const { status, answer } = await send(request);
  // Browsers hide the status of a redirect, as 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    throw failure("UNAVAILABLE", "redirects, which is not followed");
  }
  if (status < 200 || status > 299) {
    const { error, error_description: description } = answer ?? {};
    const why = [error, description].filter((text) => typeof text === "string")
      .map((text) => quoted(text as string)).join(": ");
    throw failure(
      status >= 500 || status === 429 ? "UNAVAILABLE" : "UNAUTHENTICATED",
      `refused it with HTTP status ${status}${why && `: ${why}`}`,
    );
  }
  const { access_token: token, token_type: type, expires_in: seconds } =
    answer ?? {};
  if (typeof token !== "string") {
    throw failure("INTERNAL", "answered without access_token");
  }
  if (typeof type === "string" && type.toLowerCase() !== "bearer") {
    throw failure(
      "INTERNAL",
      `gave a token of the type ${quoted(type)}, not Bearer`,
    );
  }
  checkedToken(token, "the token of clientOAuth");
  return { text: token, renewAt: renewalTime(asked, seconds) };
}

/** A token is renewed while it is still valid for a call that is under way. */
function renewalTime(asked: number, expiresIn: unknown): number {
  // Some servers give it as text.
  const seconds = typeof expiresIn === "string" ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== "number" || Number.isNaN(seconds)) return Infinity;
  return asked + seconds * 1000 - Math.min(30_000, seconds * 100);
}

async function send(
  { url, parameters, clientId, clientSecret, inBody, timeoutMs, fetch }:
    OAuthRequest,
): Promise<{ status: number; answer: Record<string, unknown> | undefined }> {
  const body = new URLSearchParams(parameters);
  const headers: Record<string, string> = { accept: "application/json" };
  if (clientSecret === undefined || inBody) {
    body.set("client_id", clientId);
    if (clientSecret !== undefined) body.set("client_secret", clientSecret);
  } else {
    const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    headers.authorization = `Basic ${encodeBase64(toBytes(pair), true)}`;
  }
  const given = new AbortController();
  const { signal } = given;
  const stopTimer = afterDelay(timeoutMs, () => given.abort());
  try {
    // A redirect would take the secret elsewhere. Workers do not know "error".
    const init = { method: "POST", headers, body, signal, redirect: "manual" };
    const response = await fetch(url, init as RequestInit);
    const text = await response.text();
    return { status: response.status, answer: objectIn(text) };
  } catch (error) {
    if (signal.aborted) {
      throw failure(
        "DEADLINE_EXCEEDED",
        `did not answer within timeoutMs (${timeoutMs})`,
      );
    }
    throw failure("UNAVAILABLE", "cannot be reached", error);
  } finally {
    stopTimer();
  }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      return value as Record<string, unknown>;
    }
  } catch {
    // The page of a proxy, or nothing: the status tells enough.
  }
  return undefined;
}

/** RFC 6749, section 2.3.1, has id and secret encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/** No part of the request is in an error: it has secrets. */
function failure(
  code: "UNAVAILABLE" | "UNAUTHENTICATED" | "DEADLINE_EXCEEDED" | "INTERNAL",
  problem: string,
  cause?: unknown,
): FlightError {
  const options = cause === undefined ? {} : { cause };
  return new FlightError(code, `the OAuth token endpoint ${problem}`, options);
}
