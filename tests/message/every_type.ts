/** Entries with every type of field: those of every_type.proto. */

import { openEnumeration } from "../../internal/message/enumeration.ts";
import {
  field,
  map,
  oneof,
  optional,
  repeated,
} from "../../internal/message/fields.ts";
import {
  lazyMessage,
  message,
  type MessageType,
} from "../../internal/message/message.ts";
import {
  bool,
  bytes,
  double,
  fixed32,
  fixed64,
  float,
  int32,
  int64,
  sfixed32,
  sfixed64,
  sint32,
  sint64,
  string,
  uint32,
  uint64,
} from "../../internal/message/scalars.ts";

/** The numbers of an enum. */
export const COLORS = { UNSPECIFIED: 0, RED: 1, NEGATIVE: -1 };

/** A name of the enum, or another number. */
export type Color = keyof typeof COLORS | number;

const color = openEnumeration(COLORS);

/** Single values. */
export interface Single {
  readonly aInt32: number;
  readonly aInt64: bigint;
  readonly aUint32: number;
  readonly aUint64: bigint;
  readonly aSint32: number;
  readonly aSint64: bigint;
  readonly aFixed32: number;
  readonly aFixed64: bigint;
  readonly aSfixed32: number;
  readonly aSfixed64: bigint;
  readonly aFloat: number;
  readonly aDouble: number;
  readonly aBool: boolean;
  readonly aString: string;
  readonly aBytes: Uint8Array;
  readonly aColour: Color;
  readonly aMessage?: Single | undefined;
}

/** Makes a Single with every field at its default. */
export function createSingle(): Single {
  return {
    aInt32: 0,
    aInt64: 0n,
    aUint32: 0,
    aUint64: 0n,
    aSint32: 0,
    aSint64: 0n,
    aFixed32: 0,
    aFixed64: 0n,
    aSfixed32: 0,
    aSfixed64: 0n,
    aFloat: 0,
    aDouble: 0,
    aBool: false,
    aString: "",
    aBytes: new Uint8Array(0),
    aColour: "UNSPECIFIED",
  };
}

/** The codec of Single. */
export const single: MessageType<Single> = message("contrail.test.Single", {
  aInt32: field(1, int32),
  aInt64: field(2, int64),
  aUint32: field(3, uint32),
  aUint64: field(4, uint64),
  aSint32: field(5, sint32),
  aSint64: field(6, sint64),
  aFixed32: field(7, fixed32),
  aFixed64: field(8, fixed64),
  aSfixed32: field(9, sfixed32),
  aSfixed64: field(10, sfixed64),
  aFloat: field(11, float),
  aDouble: field(12, double),
  aBool: field(13, bool),
  aString: field(14, string),
  aBytes: field(15, bytes),
  aColour: field(16, color),
  aMessage: optional(
    536870911,
    lazyMessage("contrail.test.Single", (): MessageType<Single> => single),
  ),
});

/** Values that may be absent. */
export interface Maybe {
  readonly aInt32?: number | undefined;
  readonly aSint64?: bigint | undefined;
  readonly aBool?: boolean | undefined;
  readonly aString?: string | undefined;
  readonly aBytes?: Uint8Array | undefined;
  readonly aColour?: Color | undefined;
  readonly aMessage?: Single | undefined;
}

/** The codec of Maybe. */
export const maybe: MessageType<Maybe> = message("contrail.test.Maybe", {
  aInt32: optional(1, int32),
  aSint64: optional(2, sint64),
  aBool: optional(3, bool),
  aString: optional(4, string),
  aBytes: optional(5, bytes),
  aColour: optional(6, color),
  aMessage: optional(7, single),
});

/** Any number of values. */
export interface Many {
  readonly aInt32: readonly number[];
  readonly aSint64: readonly bigint[];
  readonly aFixed32: readonly number[];
  readonly aDouble: readonly number[];
  readonly aBool: readonly boolean[];
  readonly aString: readonly string[];
  readonly aBytes: readonly Uint8Array[];
  readonly aColour: readonly Color[];
  readonly aMessage: readonly Single[];
  readonly unpacked: readonly number[];
}

/** The codec of Many. */
export const many: MessageType<Many> = message("contrail.test.Many", {
  aInt32: repeated(1, int32),
  aSint64: repeated(2, sint64),
  aFixed32: repeated(3, fixed32),
  aDouble: repeated(4, double),
  aBool: repeated(5, bool),
  aString: repeated(6, string),
  aBytes: repeated(7, bytes),
  aColour: repeated(8, color),
  aMessage: repeated(9, single),
  unpacked: repeated(10, int32),
});

/** Maps. */
export interface Maps {
  readonly texts: ReadonlyMap<string, string>;
  readonly blobs: ReadonlyMap<bigint, Uint8Array>;
  readonly colours: ReadonlyMap<boolean, Color>;
  readonly messages: ReadonlyMap<number, Single>;
}

/** The codec of Maps. */
export const maps: MessageType<Maps> = message("contrail.test.Maps", {
  texts: map(1, string, string),
  blobs: map(2, int64, bytes),
  colours: map(3, bool, color),
  messages: map(4, sint32, single),
});

/** One of several. */
export interface Choice {
  readonly choice?:
    | { readonly case: "aInt32"; readonly value: number }
    | { readonly case: "aUint64"; readonly value: bigint }
    | { readonly case: "aBytes"; readonly value: Uint8Array }
    | { readonly case: "aColour"; readonly value: Color }
    | { readonly case: "aMessage"; readonly value: Single }
    | undefined;
  readonly name: string;
}

/** The codec of Choice. */
export const choice: MessageType<Choice> = message("contrail.test.Choice", {
  choice: oneof({
    aInt32: [1, int32],
    aUint64: [2, uint64],
    aBytes: [3, bytes],
    aColour: [4, color],
    aMessage: [5, single],
  }),
  name: field(6, string),
});
