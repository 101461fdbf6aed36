/** Old names of `tests/support/transports.ts`; import that. */
export * from "../support/transports.ts";
export {
  type Connected as Joined,
  type ConnectedOptions as JoinOptions,
  type ConnectTo as Join,
  MAX_BATCHES_AHEAD as AHEAD,
} from "../support/transports.ts";
