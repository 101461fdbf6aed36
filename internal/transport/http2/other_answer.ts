/** Answers to requests that are no calls, by the application: the option `otherwise` of `web`. */

import { handled } from "../../base/handled.ts";
import { CONNECTION_HEADERS, fieldOf } from "../../http2/frame/field_rules.ts";
import type { HeaderList } from "../../http2/hpack/header.ts";
import { plain } from "../../grpc/web/plain_answer.ts";
import type { CallConnection, CallStream } from "./call_stream.ts";

/**
 * Fields that belong to the connection (RFC 9110, section 7.6.1), or that the transport writes by itself.
 * The length of a body is known when it has been read.
 */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...CONNECTION_HEADERS,
  "content-length",
  "date",
  "te",
  "trailer",
]);

/** A request that is no call, and the application that answers it. */
export interface OtherRequest {
  /** The headers of the request. */
  readonly request: HeaderList;
  /** Makes the answer. */
  readonly answer: (request: Request) => Response | Promise<Response>;
}

/**
 * Answers a request that is no call. A failure before the answer is a status 500.
 *
 * @param stream The stream of the request.
 * @param connection Its connection.
 * @param other The request.
 * @param signal Is aborted when nothing more can be sent.
 * @throws When the body of the answer fails, or a header of it cannot be sent.
 */
export async function answerOther(
  stream: CallStream,
  connection: CallConnection,
  { request, answer }: OtherRequest,
  signal: AbortSignal,
): Promise<void> {
  const made = fetchRequestOf(request, signal);
  let response: Response;
  try {
    response = made
      ? await answer(made)
      : plain(400, "The URL is malformed.\n");
  } catch {
    // Its reason is not for strangers.
    response = plain(500, "The request could not be answered.\n");
  }
  const room = connection.room();
  if (room) await room;
  await send(stream, response, made?.method === "HEAD", signal);
}

/** Makes the request of `fetch`, without a body; undefined if its URL is malformed. */
function fetchRequestOf(
  list: HeaderList,
  signal: AbortSignal,
): Request | undefined {
  const headers = new Headers();
  for (const [name, value] of list) {
    if (!name.startsWith(":")) headers.append(name, value);
  }
  const path = fieldOf(list, ":path")!;
  const url = `${fieldOf(list, ":scheme")}://${authorityOf(list)}${path}`;
  if (!path.startsWith("/") || !URL.canParse(url)) return undefined;
  return new Request(url, {
    method: fieldOf(list, ":method")!,
    headers,
    signal,
  });
}

/** Returns the name and the port that a client has used. */
export function authorityOf(request: HeaderList): string | undefined {
  return fieldOf(request, ":authority") ?? fieldOf(request, "host");
}

async function send(
  stream: CallStream,
  { status, headers, body }: Response,
  isHead: boolean,
  signal: AbortSignal,
): Promise<void> {
  const reader = body?.getReader();
  const cancel = (): void => {
    if (reader) handled(reader.cancel(signal.reason));
  };
  if (signal.aborted) return cancel();
  const isEmpty = reader === undefined || isHead;
  try {
    stream.sendHeaders([
      [":status", String(status)],
      ...[...headers].filter(([name]) => !OWN_FIELDS.has(name)),
    ], isEmpty);
    if (isEmpty) return cancel();
    signal.addEventListener("abort", cancel);
    while (true) {
      const { done, value } = await reader.read();
      // The signal comes later than the end: data that is at hand must not keep it away.
      if (signal.aborted || stream.isClosed) return cancel();
      const chunks = done ? [] : [value];
      const sent = stream.sendData(chunks, value?.byteLength ?? 0, done);
      if (sent) await sent;
      if (done) return;
    }
  } catch (error) {
    cancel();
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
