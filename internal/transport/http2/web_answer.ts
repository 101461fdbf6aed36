/** The answer to a call of gRPC-Web: gRPC's PROTOCOL-WEB.md on a stream of HTTP/2. */

import {
  answerTypeOf,
  type WebType,
  webTypeOf,
} from "../../grpc/web/content_type.ts";
import type { Cors } from "../../grpc/web/cors.ts";
import { encodeText } from "../../grpc/web/text_mode.ts";
import { trailerFrame } from "../../grpc/web/trailer_frame.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import type { OutgoingMessage } from "../../seam/transport.ts";
import { ACCEPTED_ENCODINGS } from "./compression.ts";

/** The form of an answer: its headers, its messages and its end. */
export class WebAnswer {
  /** The kind of the request. */
  readonly requestType: WebType;
  readonly #type: WebType;
  readonly #cors: Cors;
  readonly #origin: string | undefined;

  /**
   * @param request The headers of the request.
   * @param requestType The kind of the request.
   * @param cors Permissions for pages of other origins.
   */
  constructor(request: HeaderList, requestType: WebType, cors: Cors) {
    this.requestType = requestType;
    this.#type = answerTypeOf(fieldOf(request, "accept"), requestType);
    this.#cors = cors;
    this.#origin = fieldOf(request, "origin");
  }

  /**
   * Makes the standard headers.
   *
   * @param own The other headers, which pages may read.
   */
  head(own: readonly Header[]): Header[] {
    return [
      [":status", "200"],
      ["content-type", this.#type.contentType],
      ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
      ...this.#cors.answer(this.#origin, own.map(([name]) => name)),
    ];
  }

  /**
   * Makes all headers of an answer without messages: they tell the status too.
   *
   * @param status The trailers.
   */
  onlyHead(status: readonly Header[]): Header[] {
    const own = status.filter(([name]) =>
      name === "grpc-status" || name === "grpc-message"
    );
    return [...this.head(own), ...own];
  }

  /**
   * Puts a message into the form of the answer.
   *
   * @param message The message with its prefix.
   */
  encode(message: OutgoingMessage): OutgoingMessage {
    return this.#type.isText ? textOf(message.chunks) : message;
  }

  /**
   * Makes the end of the body.
   *
   * @param status The trailers.
   */
  end(status: readonly Header[]): OutgoingMessage {
    const frame = trailerFrame(status);
    return this.encode({ byteLength: frame.byteLength, chunks: [frame] });
  }
}

/**
 * Recognizes a call of gRPC-Web.
 *
 * @param request The headers of the request.
 * @param cors Permissions for pages of other origins.
 * @returns The form of its answer; undefined if it is another request.
 */
export function webAnswerOf(
  request: HeaderList,
  cors: Cors,
): WebAnswer | undefined {
  const type = webTypeOf(fieldOf(request, "content-type") ?? "");
  return type && new WebAnswer(request, type, cors);
}

function textOf(chunks: Iterable<Uint8Array>): OutgoingMessage {
  const text = encodeText([...chunks]);
  return { byteLength: text.byteLength, chunks: [text] };
}
