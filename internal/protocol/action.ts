/** Flight.proto: Action, ActionType, Result. */

/** An application-defined request. */
export interface Action {
  /** Which action to carry out. */
  readonly type: string;
  /** Its argument; empty by default. */
  readonly body?: Uint8Array | undefined;
}

/** An action that a service offers. */
export interface ActionType {
  /** Name, as in {@linkcode Action.type}. */
  readonly type: string;
  /** What it does, for people. */
  readonly description: string;
}

/** One result of an action. */
export interface Result {
  /** The bytes of the result. */
  readonly body: Uint8Array;
}

/** The predefined action that cancels a query, as `listActions` names it. */
export const CANCEL_FLIGHT_INFO: ActionType = {
  type: "CancelFlightInfo",
  description: "Cancels the query of a FlightInfo.",
};

/** The predefined action that extends the life of an endpoint, as `listActions` names it. */
export const RENEW_FLIGHT_ENDPOINT: ActionType = {
  type: "RenewFlightEndpoint",
  description: "Extends the expiration time of a FlightEndpoint.",
};

/** The predefined action that sets options of the session, as `listActions` names it. */
export const SET_SESSION_OPTIONS: ActionType = {
  type: "SetSessionOptions",
  description: "Sets options of the session.",
};

/** The predefined action that gives the options of the session, as `listActions` names it. */
export const GET_SESSION_OPTIONS: ActionType = {
  type: "GetSessionOptions",
  description: "Gives the options of the session.",
};

/** The predefined action that ends the session, as `listActions` names it. */
export const CLOSE_SESSION: ActionType = {
  type: "CloseSession",
  description: "Closes the session.",
};
