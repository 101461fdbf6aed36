/**
 * The page of the measurement: it reads the flight of the server that it comes from when it is told to.
 *
 * @module
 */
import { connectWeb } from "@contrail/flight/web";
import { readFlight, readPlain } from "./web_ways.ts";

/** Bytes, and the time for them. */
export interface PageReading {
  readonly bytes: number;
  readonly seconds: number;
}

const web = connectWeb(location.origin);
const ways = {
  fetch: () => readPlain("/plain"),
  web: () => readFlight(web),
};

Object.assign(globalThis, {
  async measure(way: keyof typeof ways): Promise<PageReading> {
    const start = performance.now();
    const bytes = await ways[way]();
    return { bytes, seconds: (performance.now() - start) / 1000 };
  },
});
