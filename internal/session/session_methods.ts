/** The session actions, answered from the session of the call. */

import type { OptionNames } from "../core/known_options.ts";
import { functionOption, objectOption } from "../core/check_option.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { FlightError } from "../core/flight_error.ts";
import type {
  CloseSessionStatus,
  SessionOptionValue,
  SetSessionOptionError,
} from "../protocol/session_options.ts";
import { type FlightSession, SESSION } from "./flight_session.ts";

/** Methods of a service that answer the session actions. */
export interface SessionMethods {
  /**
   * Answers SetSessionOptions.
   *
   * @param sessionOptions The options by name; `undefined` unsets one.
   * @param context The call.
   * @returns Errors of options that were not set, by name.
   */
  setSessionOptions(
    sessionOptions: ReadonlyMap<string, SessionOptionValue>,
    context: Pick<FlightCallContext, "values">,
  ): ReadonlyMap<string, SetSessionOptionError>;
  /**
   * Answers GetSessionOptions.
   *
   * @param context The call.
   * @returns All options; none if there is no session.
   */
  getSessionOptions(
    context: Pick<FlightCallContext, "values">,
  ): ReadonlyMap<string, SessionOptionValue>;
  /**
   * Answers CloseSession.
   *
   * @param context The call.
   * @returns `CLOSED`.
   * @throws {FlightError} NOT_FOUND when there is no session.
   */
  closeSession(context: Pick<FlightCallContext, "values">): CloseSessionStatus;
}

/** Options of {@linkcode sessionMethods}. */
export interface SessionMethodsOptions {
  /**
   * Returns the error of an option that cannot be set or unset: `INVALID_NAME`, `INVALID_VALUE` or
   * `ERROR`. Default: every option is allowed.
   */
  readonly check?:
    | ((
      name: string,
      value: SessionOptionValue,
    ) => SetSessionOptionError | undefined)
    | undefined;
}

/** The names of {@linkcode SessionMethodsOptions}. */
const SESSION_METHODS_OPTIONS: OptionNames<SessionMethodsOptions> = {
  check: true,
};

/**
 * Makes the methods of a service that answer SetSessionOptions, GetSessionOptions and CloseSession from
 * the session that `serverSessions` or `statelessServerSessions` has put into the context:
 * `{ ...sessionMethods(), doGet }`.
 *
 * An option for which the session has no room is not set, with `ERROR`. Without a session there are
 * no options, and closing fails with NOT_FOUND.
 *
 * @param options The check of session options.
 * @returns The methods.
 */
export function sessionMethods(
  options: SessionMethodsOptions = {},
): SessionMethods {
  const { check } = objectOption("options", options, SESSION_METHODS_OPTIONS);
  functionOption("check", check);
  return {
    setSessionOptions(sessionOptions, context) {
      const session = sessionOf(context);
      const errors = new Map<string, SetSessionOptionError>();
      for (const [name, value] of sessionOptions) {
        const error = check?.(name, value) ?? trySet(session, name, value);
        if (error !== undefined) errors.set(name, error);
      }
      return errors;
    },
    getSessionOptions: (context) => sessionOf(context).options,
    closeSession(context) {
      const session = sessionOf(context);
      if (session.isNew && session.options.size === 0) {
        throw new FlightError("NOT_FOUND", "there is no session to close");
      }
      session.close();
      return "CLOSED";
    },
  };
}

function sessionOf(
  { values }: Pick<FlightCallContext, "values">,
): FlightSession {
  const session = values.get(SESSION);
  if (session === undefined) {
    throw new Error(
      "Cannot use sessionMethods(): it needs serverSessions() or statelessServerSessions() among the interceptors",
    );
  }
  return session;
}

function trySet(
  session: FlightSession,
  name: string,
  value: SessionOptionValue,
): SetSessionOptionError | undefined {
  try {
    session.set(name, value);
    return undefined;
  } catch (error) {
    if (!FlightError.is(error) || error.code !== "RESOURCE_EXHAUSTED") {
      throw error;
    }
    return "ERROR";
  }
}
