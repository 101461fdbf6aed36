/** A server that answers every request with the same frames. */

import { encodeFrame, FLAG, FRAME } from "./raw_frames.ts";
import { type RawPeer, rawServer } from "./raw_peer.ts";

/** Part of an answer. */
export type AnswerPart =
  /** A header block; the last part ends the stream. */
  | { readonly list: readonly (readonly [string, string])[] }
  /** Data. */
  | { readonly data: Uint8Array }
  /** RST_STREAM with this code, which ends the stream. */
  | { readonly reset: number }
  /** Nothing: the stream stays open. */
  | { readonly isOpen: true };

/** A server that answers. */
export interface AnsweringServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens, and answers the requests as soon as they begin.
 *
 * @param parts The answer; its last part ends the stream.
 */
export async function answeringServer(
  parts: readonly AnswerPart[],
): Promise<AnsweringServer> {
  const server = await rawServer();
  let isOver = false;
  const serve = async (): Promise<void> => {
    while (!isOver) answerAll(await server.accept(), parts);
  };
  serve();
  return {
    port: server.port,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await server[Symbol.asyncDispose]();
    },
  };
}

async function answerAll(
  peer: RawPeer,
  parts: readonly AnswerPart[],
): Promise<void> {
  let isClosed = false;
  peer.closed.then(() => isClosed = true);
  while (!isClosed) {
    let streamId: number;
    try {
      ({ streamId } = await peer.next("HEADERS"));
    } catch {
      continue;
    }
    for (const [index, part] of parts.entries()) {
      if ("isOpen" in part) continue;
      const isLast = index === parts.length - 1;
      peer.send(frameOf(peer, streamId, part, isLast));
    }
  }
}

function frameOf(
  peer: RawPeer,
  streamId: number,
  part: Exclude<AnswerPart, { isOpen: true }>,
  isLast: boolean,
): Uint8Array {
  if ("list" in part) return peer.headers(streamId, part.list, isLast);
  if ("data" in part) {
    const flags = isLast ? FLAG.END_STREAM : 0;
    return encodeFrame(FRAME.DATA, flags, streamId, part.data);
  }
  return encodeFrame(
    FRAME.RST_STREAM,
    0,
    streamId,
    Uint8Array.of(0, 0, 0, part.reset),
  );
}
