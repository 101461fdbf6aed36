/** Case of a malformed message. */

/** A problem, the messages that show it, and a part of the error. */
export type Case = [
  problem: string,
  messages: Received[],
  text: string,
  code?: "UNIMPLEMENTED" | "RESOURCE_EXHAUSTED" | undefined,
];
/** A message as it arrives: a header, and a body where there is one. */
export type Received = Uint8Array | [header: Uint8Array, body: Uint8Array];
