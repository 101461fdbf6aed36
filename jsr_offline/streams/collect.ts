import { TextLineStream } from "./text_line_stream.ts";

/** Reads all bytes of a stream into one array. */
export async function toBytes(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.byteLength;
  }
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}

/** Reads all bytes of a stream into one buffer. */
export async function toArrayBuffer(
  stream: ReadableStream<Uint8Array>,
): Promise<ArrayBuffer> {
  return (await toBytes(stream)).buffer;
}

/** Reads all bytes of a stream into a Blob. */
export async function toBlob(
  stream: ReadableStream<Uint8Array>,
): Promise<Blob> {
  return new Blob([await toBytes(stream)]);
}

/** Reads a stream of strings or of UTF-8 bytes into one string. */
export async function toText(stream: ReadableStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += typeof chunk === "string"
      ? chunk
      : decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Reads a stream of strings or of UTF-8 bytes and parses it as JSON. */
export async function toJson(stream: ReadableStream): Promise<unknown> {
  return JSON.parse(await toText(stream));
}

/** Turns a stream of UTF-8 bytes into a stream of its lines. */
export function toLines(
  stream: ReadableStream<Uint8Array>,
  options?: StreamPipeOptions,
): ReadableStream<string> {
  const decoder = new TextDecoderStream() as TransformStream<
    Uint8Array,
    string
  >;
  return stream
    .pipeThrough(decoder, options)
    .pipeThrough(new TextLineStream({ allowCR: true }), options);
}
