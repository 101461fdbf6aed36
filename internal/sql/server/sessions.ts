/** The actions of sessions, as Flight SQL's drivers need them. */

import type { FlightCallContext } from "../../interceptors/call_context.ts";
import { FlightError } from "../../core/flight_error.ts";
import type {
  CloseSessionStatus,
  SessionOptionsInit,
  SessionOptionValue,
  SetSessionOptionError,
} from "../../protocol/session_options.ts";
import { SESSION } from "../../session/flight_session.ts";
import { sessionMethods } from "../../session/session_methods.ts";
import { operationContext, type SqlCall, unimplemented } from "./call.ts";
import type { SqlState } from "./commands/command.ts";
import { isSameClient, type Owner } from "./kept/owner.ts";

const METHODS = sessionMethods();

/**
 * SetSessionOptions. Without sessions, only a handler can say that it is fine: of `catalog`, for example, that it
 * is the only one. Then there is nothing to remember.
 */
export async function setSessionOptions(
  sessionOptions: ReadonlyMap<string, SessionOptionValue>,
  { handlers }: SqlState,
  call: SqlCall,
): Promise<ReadonlyMap<string, SetSessionOptionError>> {
  const { context } = call;
  const hasSession = context.values.get(SESSION) !== undefined;
  if (!hasSession && !handlers.setSessionOption) {
    throw unimplemented("SetSessionOptions: it has no sessions");
  }
  const operation = operationContext(call, { ending: context });
  const errors = new Map<string, SetSessionOptionError>();
  for (const [name, value] of inOrder(sessionOptions)) {
    const error = await handlers.setSessionOption?.(name, value, operation);
    if (error !== undefined) errors.set(name, error);
    else if (hasSession) {
      const one = new Map([[name, value]]);
      for (const [, error] of METHODS.setSessionOptions(one, context)) {
        errors.set(name, error);
      }
    }
  }
  return errors;
}

/** A schema is one of a catalog: the catalog comes first. */
function inOrder(
  options: ReadonlyMap<string, SessionOptionValue>,
): Iterable<[string, SessionOptionValue]> {
  if (!options.has("catalog")) return options;
  return new Map([["catalog", options.get("catalog")], ...options]);
}

/** GetSessionOptions. Without a session there are none. */
export function getSessionOptions(
  context: FlightCallContext,
): SessionOptionsInit {
  return context.values.get(SESSION) === undefined
    ? new Map()
    : METHODS.getSessionOptions(context);
}

/**
 * CloseSession. Drivers send it at each end of a connection, also where there is no session: ADBC leaves its
 * transaction open then, with all locks. So without a session, it ends what its connection has begun.
 */
export async function closeSession(
  state: SqlState,
  { context, owner }: SqlCall,
): Promise<CloseSessionStatus> {
  const session = context.values.get(SESSION);
  const { id } = session ?? {};
  session?.close();
  const isMeant = id !== undefined
    ? (other: Owner) => other.session === id
    : (other: Owner) => isSameClient(other, owner);
  if (id !== undefined || state.options.implicitTransactions) {
    const reason = new FlightError("NOT_FOUND", "the session was closed");
    await endAll(state, isMeant, reason);
  }
  return "CLOSED";
}

/** Ends everything of some owners. */
export async function endAll(
  { results, statements, transactions }: SqlState,
  isMeant: (owner: Owner) => boolean,
  reason: FlightError,
): Promise<void> {
  await results.endAll(isMeant, reason);
  await statements.endAll(isMeant, reason);
  await transactions.endAll(isMeant, reason);
}
