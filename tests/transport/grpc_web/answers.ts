/** Answers of gRPC-Web servers, byte by byte. */

/** Makes a frame: a flag, the length, and the content. */
export function frame(flag: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  const result = new Uint8Array(5 + bytes.length);
  result[0] = flag;
  new DataView(result.buffer).setUint32(1, bytes.length);
  result.set(bytes, 5);
  return result;
}

/** Makes an answer of several parts, each of which is a chunk. */
export function answer(
  parts: readonly Uint8Array[],
  headers: Record<string, string> = {},
  status = 200,
): Response {
  const body = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  return new Response(body, {
    status,
    headers: { "content-type": "application/grpc-web+proto", ...headers },
  });
}
