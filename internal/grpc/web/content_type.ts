/** The content types of gRPC-Web: "Content-Type" of gRPC's PROTOCOL-WEB.md. */

/** A kind of gRPC-Web. */
export interface WebType {
  /** True if the body is base64 text. */
  readonly isText: boolean;
  /** The content type of an answer of this kind. */
  readonly contentType: string;
}

const BINARY: WebType = {
  isText: false,
  contentType: "application/grpc-web+proto",
};
const TEXT: WebType = {
  isText: true,
  contentType: "application/grpc-web-text+proto",
};

/** The content type of our requests. */
export const WEB_CONTENT_TYPE: string = BINARY.contentType;

/**
 * Reads a content type. Messages in another form than protobuf count as none of gRPC-Web.
 *
 * @param contentType The header `content-type`, or one type of the header `accept`.
 * @returns The kind; `undefined` if it is none of gRPC-Web.
 */
export function webTypeOf(contentType: string): WebType | undefined {
  const match = /^\s*application\/grpc-web(-text)?(?:\+proto)?\s*(?:;|$)/i
    .exec(contentType);
  if (match === null) return undefined;
  return match[1] === undefined ? BINARY : TEXT;
}

/**
 * Chooses the kind of an answer: the first one of gRPC-Web that the client accepts, otherwise that of
 * its request.
 *
 * @param accept The header `accept`.
 * @param request The kind of the request.
 */
export function answerTypeOf(
  accept: string | undefined,
  request: WebType,
): WebType {
  for (const type of accept?.split(",", 16) ?? []) {
    const known = webTypeOf(type);
    if (known) return known;
  }
  return request;
}
