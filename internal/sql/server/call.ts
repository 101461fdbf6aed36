/** Calls and operations of a Flight SQL service. */

import {
  lendSignal,
  type SignalOwner,
} from "../../base/lifetimes/lent_signal.ts";
import type { FlightCallContext } from "../../interceptors/call_context.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { IpcWriteOptions } from "../../core/ipc_options.ts";
import type { SqlCallContext, SqlTransaction } from "./handlers.ts";
import { type Owner, ownerOf } from "./kept/owner.ts";

/** A call of a client. */
export interface SqlCall {
  /** The call. */
  readonly context: FlightCallContext;
  /** The client. */
  readonly owner: Owner;
}

/** Makes a call of its context. */
export function sqlCall(context: FlightCallContext): SqlCall {
  return { context, owner: ownerOf(context) };
}

/** Parts of the context of an operation. */
interface OperationInit {
  /** Has the signal of the end of the operation, which is read when the handler asks for it. */
  readonly ending: SignalOwner;
  /** Its transaction. */
  readonly transaction?: SqlTransaction | undefined;
  /** Is told how far it is. */
  readonly onProgress?: ((progress: number) => void) | undefined;
}

/** Makes the context that a handler gets. */
export function operationContext(
  { context }: SqlCall,
  { ending, transaction, onProgress }: OperationInit,
): SqlCallContext {
  // Not a copy of all properties: to read the signal of the call would make one.
  return lendSignal({
    method: context.method,
    headers: context.headers,
    peer: context.peer,
    peerCertificate: context.peerCertificate,
    peerIdentity: context.peerIdentity,
    location: context.location,
    values: context.values,
    deadline: context.deadline,
    responseHeaders: context.responseHeaders,
    responseTrailers: context.responseTrailers,
    sendHeaders: () => context.sendHeaders(),
    setWriteOptions: (options: IpcWriteOptions) =>
      context.setWriteOptions(options),
    transaction,
    setProgress(progress: number): void {
      // Null progress would make clients that compute with it fail.
      if (progress >= 0 && progress <= 1) onProgress?.(progress);
    },
  }, ending);
}

/** An error for an operation that no handler implements. */
export function unimplemented(operation: string): FlightError {
  return new FlightError(
    "UNIMPLEMENTED",
    `the service does not implement ${operation}`,
  );
}

/**
 * Has a controller abort with a signal.
 *
 * @returns A function that unties them.
 */
export function abortWith(
  controller: { abort(reason: unknown): void },
  signal: AbortSignal,
): () => void {
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) {
    abort();
    return () => {};
  }
  signal.addEventListener("abort", abort);
  return () => signal.removeEventListener("abort", abort);
}
