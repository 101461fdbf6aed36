/** Flight.proto: Action, ActionType, Result. */

import { field } from "../message/fields.ts";
import {
  accepting,
  converted,
  message,
  type MessageType,
} from "../message/message.ts";
import { bytesOrText, string } from "../message/scalars.ts";
import { defaulted } from "../message/value.ts";
import { type Received, received } from "./received.ts";

/** An application-defined request. */
export interface Action {
  /** Name of the action. */
  readonly type: string;
  /** Its argument; empty by default. */
  readonly body?: Uint8Array | undefined;
}

/** An action to carry out: the type of one without a body, or both. */
export type ActionInit =
  | string
  | {
    /** The name of the action. */
    readonly type: string;
    /** Its argument, as bytes or as text that is sent as UTF-8; empty by default. */
    readonly body?: Uint8Array | string | undefined;
  };

/** The codec of {@linkcode Action}. */
export const actionCodec: MessageType<Action, ActionInit> = accepting(
  message<Action, Exclude<ActionInit, string>>("arrow.flight.protocol.Action", {
    type: field(1, string),
    body: field(2, defaulted(bytesOrText)),
  }),
  (init) => typeof init === "string" ? { type: init } : init,
);

/** Gives an action the methods that a handler gets it with. */
export const receivedAction: (action: Action) => Action & Received = received(
  "Action.body",
  ({ body }: Action) => body,
);

/** An action that a service offers. */
export interface ActionType {
  /** Name, as in {@linkcode Action.type}. */
  readonly type: string;
  /** Description for humans. */
  readonly description: string;
}

/** The codec of {@linkcode ActionType}. */
export const actionTypeCodec: MessageType<ActionType> = message(
  "arrow.flight.protocol.ActionType",
  { type: field(1, string), description: field(2, string) },
);

/** One result of an action, as a client receives it. */
export interface Result extends Received {
  /** The bytes of the result. */
  readonly body: Uint8Array;
}

type ResultBytes = Omit<Result, keyof Received>;

/** One result of an action, as a service gives it. */
export interface ResultInit {
  /** The result, as bytes or as text that is sent as UTF-8. */
  readonly body: Uint8Array | string;
}

/** The codec of {@linkcode Result}. */
export const resultCodec: MessageType<Result, ResultInit> = converted(
  message<ResultBytes, ResultInit>(
    "arrow.flight.protocol.Result",
    { body: field(1, bytesOrText) },
  ),
  {
    decode: received(
      "Result.body",
      ({ body }: ResultBytes) => body,
      "DoAction",
    ),
    encode: (result) => result,
  },
);

/** The predefined actions as `listActions` names them, by the methods that answer them. */
export const PREDEFINED_ACTIONS = {
  cancelFlightInfo: {
    type: "CancelFlightInfo",
    description: "Cancels the query of a FlightInfo.",
  },
  renewFlightEndpoint: {
    type: "RenewFlightEndpoint",
    description: "Extends the expiration time of a FlightEndpoint.",
  },
  setSessionOptions: {
    type: "SetSessionOptions",
    description: "Sets options of the session.",
  },
  getSessionOptions: {
    type: "GetSessionOptions",
    description: "Gives the options of the session.",
  },
  closeSession: {
    type: "CloseSession",
    description: "Closes the session.",
  },
} as const satisfies Readonly<Record<string, ActionType>>;
