/** Header values: what gRPC, Flight, cookies and authentication read in them. */

import {
  decodeBasicCredentials,
  parseAuthorization,
} from "../../../internal/auth/basic_credentials.ts";
import { decodeBase64, encodeBase64 } from "../../../internal/base/base64.ts";
import { arrowStatusError } from "../../../internal/core/arrow_status.ts";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { parseGrpcLocation } from "../../../internal/protocol/location.ts";
import { CookieJar } from "../../../internal/interceptors/cookie_jar.ts";
import { outcomeOf } from "../../../internal/grpc/status_list.ts";
import {
  contentLengthOf,
  problemOf,
} from "../../../internal/http2/frame/field_rules.ts";
import {
  fromHeaderList,
  toHeaderList,
} from "../../../internal/grpc/header_list.ts";
import type { HeaderList } from "../../../internal/http2/hpack/header.ts";
import { decodeDetails, encodeDetails } from "../../../internal/grpc/status.ts";
import { decodeTimeout } from "../../../internal/grpc/timeout.ts";
import type { Random } from "../random.ts";
import { sameValue } from "../same_value.ts";
import {
  check,
  type Input,
  rejection,
  type Target,
  type Verdict,
} from "./target.ts";

const NAMES = [
  "grpc-timeout",
  "grpc-status",
  "grpc-message",
  "content-length",
  "content-type",
  "set-cookie",
  "cookie",
  "authorization",
  "x-a",
  "x-a-bin",
  "x-b-bin",
  "grpc-status-details-bin",
  "x-arrow-status",
  "x-arrow-status-message-bin",
  "x-arrow-status-detail-bin",
  "location",
  ":status",
  ":path",
  "te",
  "__proto__",
  "constructor",
  "x-__proto__-bin",
];

/** Pieces of values. */
const PIECES = [
  "",
  " ",
  ",",
  ";",
  "=",
  "==",
  "%",
  "%41",
  "%e4%f",
  "\t",
  "\r\n",
  "\0",
  "\x7f",
  "é",
  "\xff",
  "0",
  "5",
  "17",
  "-1",
  "99999999",
  "1S",
  "100m",
  "8H",
  "a=b",
  "Max-Age=9",
  "Expires=Thu, 01 Jan 2026 00:00:00 GMT",
  "Path=/",
  "Domain=host",
  "Secure",
  "Basic ",
  "Bearer ",
  "AAEC",
  "/w==",
  "-_",
  "application/grpc",
  "text/html",
  "trailers",
  "grpc+tcp://host:1",
  "grpc+unix:///a%2f",
  "[::1]:0",
  "@",
  "/",
];

const MAX_VALUE_LENGTH = 4000;

/** A list of headers. */
export interface MetadataInput extends Input {
  readonly list: HeaderList;
}

/** Names and values, as they come out of a header block. */
export const metadataTarget: Target<MetadataInput> = {
  name: "metadata",
  reads: "metadata: values of headers and trailers",
  memoryBound: () => 48 << 20,
  generate(random: Random): MetadataInput {
    const list = Array.from(
      { length: 1 + random.below(5) },
      () => [random.pick(NAMES), anyValue(random)] as const,
    ) as HeaderList;
    // Without a status that is one, no trailers are accepted.
    if (random.oneIn(2)) list.push(["grpc-status", "0"]);
    const encoder = new TextEncoder();
    return { list, parts: list.flat().map((text) => encoder.encode(text)) };
  },
  run({ list }: MetadataInput): Verdict {
    for (const kind of ["request", "response", "trailers"] as const) {
      problemOf(list, kind);
    }
    contentLengthOf(list);
    const headers = fromHeaderList(list);
    for (const [name] of list) {
      if (name.endsWith("-bin")) headers.getBinary(name);
      else headers.get(name);
      headers.getAll(name);
      headers.has(name);
    }
    // Received headers can be sent on, and arrive unchanged.
    const again = fromHeaderList(toHeaderList(headers));
    check(
      sameValue([...headers], [...again]),
      () => `${JSON.stringify([...headers])} → ${JSON.stringify([...again])}`,
    );
    for (const [, value] of list) readValue(value);
    return statusOf(list);
  },
};

function anyValue(random: Random): string {
  let value = "";
  for (let count = random.below(6); count > 0; count--) {
    value += random.pick(PIECES);
  }
  if (random.oneIn(80)) {
    value = (value + random.pick(PIECES)).repeat(random.below(400));
  }
  if (random.oneIn(4)) {
    value += String.fromCharCode(...random.bytes(random.below(8)));
  }
  return value.slice(0, MAX_VALUE_LENGTH);
}

function readValue(value: string): void {
  const timeout = decodeTimeout(value);
  check(timeout === undefined || timeout >= 0, () => `timeout ${timeout}`);
  const details = decodeDetails(value);
  if (details.length < 300) {
    check(
      decodeDetails(encodeDetails(details)) === details,
      () => `details ${JSON.stringify(details)}`,
    );
  }
  const { scheme, credentials } = parseAuthorization(value);
  if (scheme === "basic") decodeBasicCredentials(credentials);
  const jar = new CookieJar();
  const origin = { host: "host", path: "/a/b", isSecure: true };
  jar.store(value, origin);
  jar.header(origin);
  let bytes: Uint8Array | undefined;
  try {
    bytes = decodeBase64(value);
  } catch {
    // Callers say what was malformed.
  }
  if (bytes !== undefined) {
    check(
      sameValue(decodeBase64(encodeBase64(bytes)), bytes),
      () => `base64 ${value}`,
    );
  }
  try {
    parseGrpcLocation(value);
  } catch (error) {
    // A location is given by the application as well, which makes another mistake.
    if (!(error instanceof TypeError)) rejection(error);
  }
}

/** Returns the status that a client reads in the trailers. */
function statusOf(list: HeaderList): Verdict {
  const { error } = outcomeOf("grpc://host:1", list, undefined, undefined);
  if (error === undefined) return undefined;
  const completed = arrowStatusError(error.with({ method: "DoGet" }));
  check(FlightError.is(completed), () => "no FlightError");
  return rejection(completed);
}
