/** Values of backends in the hands of clients: signed, and bound to their users and replicas. */

import { concatBytes, EMPTY_BYTES, toBytes, toText } from "../base/bytes.ts";
import { randomKey, SignedTokens } from "../base/crypto/signed_token.ts";
import { FlightError } from "../core/flight_error.ts";
import { field, repeated } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { bytes, int64, string, uint32 } from "../message/scalars.ts";

/** Kinds of what is handed out, with their names for errors. */
const KINDS = {
  ticket: "ticket",
  statement: "prepared statement",
  transaction: "transaction",
  savepoint: "savepoint",
  poll: "query",
} as const;

/** Kind of what is handed out. */
export type HeldKind = keyof typeof KINDS;

/** Value of a backend that a client holds. */
export interface Held {
  /** Kind: a value of one kind is none of another. */
  readonly kind: string;
  /** Identity of the user that got it; empty without authentication. */
  readonly user: string;
  /** Location of the replica that gave it. */
  readonly replica: string;
  /** The value of the backend. */
  readonly value: Uint8Array;
  /** Identifier of the query that it belongs to; empty for none. */
  readonly query: string;
  /** Locations that have the data of a ticket, in the order in which to try them; none for the replica alone. */
  readonly locations: readonly string[];
  /** Position of a ticket among the endpoints of its query. */
  readonly index: number;
  /** Text of a prepared statement, for engines that run it anew. */
  readonly sql: string;
  /** Time at which the engine drops the data of a ticket, in milliseconds since the epoch; 0 if unknown. */
  readonly dropsAt: bigint;
}

const heldCodec: MessageType<Held> = message("contrail.flight.gateway.Held", {
  kind: field(1, string),
  user: field(2, string),
  replica: field(3, string),
  value: field(4, bytes),
  query: field(5, string),
  locations: repeated(6, string),
  index: field(7, uint32),
  sql: field(8, string),
  dropsAt: field(9, int64),
});

/**
 * The signed value of a ticket. It may follow a ticket of the engine, which is a message too: engines skip fields that
 * they do not know.
 */
const signedCodec: MessageType<{ readonly token: Uint8Array }> = message(
  "contrail.flight.gateway.Ticket",
  { token: field(20_151, bytes) },
);

/** Time of what does not expire by itself: the last one that a Date can have. */
const NEVER = 8.64e15;

/** Signs and opens what clients hold. */
export class Handles {
  readonly #tokens: SignedTokens;

  /**
   * @param keys Keys to sign with; absent for a random one.
   * @throws {RangeError} When there is no key, or a key is too short.
   */
  constructor(keys: readonly (string | Uint8Array)[] | undefined) {
    this.#tokens = new SignedTokens({
      keys: keys ?? [randomKey()],
      purpose: "contrail.flight.gateway",
    });
  }

  /** Signs what does not expire by itself: the backend decides how long it is valid. */
  async sign(
    kind: HeldKind,
    held: Partial<Held> & Pick<Held, "user" | "replica" | "value">,
    expiresAt = NEVER,
  ): Promise<Uint8Array> {
    return toBytes(
      await this.#tokens.sign(
        heldCodec.encode({ ...NOTHING_HELD, ...held, kind }),
        expiresAt,
      ),
    );
  }

  /**
   * Signs a ticket.
   *
   * @param held What the ticket stands for.
   * @param expiresAt Time at which it expires, in milliseconds since the epoch.
   * @param before Ticket of the engine that precedes the signature, for servers that take it alone; none by default.
   */
  async signTicket(
    held: Partial<Held> & Pick<Held, "user" | "replica" | "value">,
    expiresAt: number,
    before: Uint8Array = EMPTY_BYTES,
  ): Promise<Uint8Array> {
    const token = await this.sign("ticket", held, expiresAt);
    return concatBytes([before, signedCodec.encode({ token })]);
  }

  /**
   * Opens what `sign` has signed.
   *
   * @throws {FlightError} NOT_FOUND when it was not signed by this gateway for this user, or has expired.
   */
  async open(kind: HeldKind, value: Uint8Array, user: string): Promise<Held> {
    const bytes = await this.#tokens.open(toText(value));
    const held = bytes && heldCodec.decode(bytes);
    if (held?.kind === kind && held.user === user) return held;
    throw new FlightError(
      "NOT_FOUND",
      `the ${
        KINDS[kind]
      } is not from this gateway, belongs to another user, or has expired`,
    );
  }

  /**
   * Opens what `signTicket` has signed.
   *
   * @throws {FlightError} As `open`.
   */
  openTicket(ticket: Uint8Array, user: string): Promise<Held> {
    return this.open("ticket", tokenIn(ticket), user);
  }
}

/** A value without any part. */
export const NOTHING_HELD: Held = {
  kind: "",
  user: "",
  replica: "",
  value: EMPTY_BYTES,
  query: "",
  locations: [],
  index: 0,
  sql: "",
  dropsAt: 0n,
};

/** The signed value of a ticket; empty where there is none. */
function tokenIn(ticket: Uint8Array): Uint8Array {
  try {
    return signedCodec.decode(ticket).token;
  } catch (error) {
    // Any bytes may be a ticket: those that are no message are not from this gateway.
    if (FlightError.is(error)) return EMPTY_BYTES;
    throw error;
  }
}
