/** Recognition of Cloudflare Workers, where timers and sockets belong to the request that has made them. */

/**
 * True on Cloudflare Workers and in workerd. There a timer ends with the request that has set it, so
 * requests must not share one.
 */
export const IS_WORKERS: boolean = /^Cloudflare-Workers\b/.test(
  globalThis.navigator?.userAgent ?? "",
);
