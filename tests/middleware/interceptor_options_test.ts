/** The options of interceptors, and of what they use, are checked where they are given. */

import { test } from "node:test";

import {
  clientAuthorization,
  type ClientAuthorizationOptions,
  serverBasicHandshake,
  type ServerBasicHandshakeOptions,
  serverHeaderAuth,
  type ServerHeaderAuthOptions,
  signedTokens,
  type SignedTokensOptions,
} from "@contrail/flight/auth";
import {
  callLogging,
  type CallLoggingOptions,
  clientRetry,
  type ClientRetryOptions,
  CookieJar,
  type CookieJarOptions,
} from "@contrail/flight/middleware";
import {
  MemorySessionStore,
  type MemorySessionStoreOptions,
  serverSessions,
  type ServerSessionsOptions,
  sessionMethods,
  type SessionMethodsOptions,
  statelessServerSessions,
  type StatelessServerSessionsOptions,
} from "@contrail/flight/session";

import { checkAll, type Kind, type Options } from "../support/option_types.ts";

const KEY = "x".repeat(32);

/** A table of the options of `T`, and what takes them. */
function optionTest<T>(
  name: string,
  options: Options<T>,
  use: (options: T) => unknown,
): void {
  test(`${name} refuses options of a wrong type`, () =>
    checkAll(
      options as Readonly<Record<string, Kind>>,
      (options) => void use(options as T),
    ));
}

optionTest<CallLoggingOptions>("callLogging", {
  log: "function",
  headers: "boolean",
  secretHeaders: "array",
}, callLogging);

optionTest<ClientRetryOptions>("clientRetry", {
  maxAttempts: "number",
  initialBackoffMs: "number",
  maxBackoffMs: "number",
  backoffMultiplier: "number",
  codes: "array",
  methods: "array",
  random: "function",
  onRetry: "function",
}, clientRetry);

optionTest<CookieJarOptions>("CookieJar", {
  maxCookies: "number",
  maxCookiesPerDomain: "number",
  maxHeaderBytes: "number",
}, (options) => new CookieJar(options));

optionTest<MemorySessionStoreOptions>("MemorySessionStore", {
  idleTimeoutMs: "number",
  maxSessions: "number",
}, (options) => new MemorySessionStore(options));

optionTest<ServerSessionsOptions>("serverSessions", {
  store: "object",
  cookieName: "text",
  maxSessionBytes: "number",
}, serverSessions);

optionTest<StatelessServerSessionsOptions>("statelessServerSessions", {
  keys: "array",
  lifetimeMs: "number",
  cookieName: "text",
  maxCookieBytes: "number",
}, (options) =>
  statelessServerSessions(
    typeof options === "object" && options
      ? { ...options, keys: options.keys ?? [KEY] }
      : options,
  ));

optionTest<SessionMethodsOptions>("sessionMethods", {
  check: "function",
}, sessionMethods);

optionTest<SignedTokensOptions>("signedTokens", {
  keys: "array",
  lifetimeMs: "number",
}, signedTokens);

optionTest<ClientAuthorizationOptions>("clientAuthorization", {
  firstCallTimeoutMs: "number",
}, (options) => clientAuthorization("Anonymous", options));

optionTest<ServerHeaderAuthOptions>("serverHeaderAuth", {
  verifyPassword: "function",
  tokens: "object",
  required: "boolean",
}, serverHeaderAuth);

optionTest<ServerBasicHandshakeOptions>("serverBasicHandshake", {
  verifyPassword: "function",
  tokens: "object",
}, (options) =>
  serverBasicHandshake(
    typeof options === "object" && options
      ? Object.assign({ verifyPassword: () => undefined }, options)
      : options,
  ));
