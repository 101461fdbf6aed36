/** Flight.proto: PutResult. */

/** What a service answers to an upload: any number of these, at any time. */
export interface PutResult {
  /** Application bytes, such as an acknowledgement; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
}
