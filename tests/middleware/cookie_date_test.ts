/** Dates of cookies: RFC 6265, section 5.1.1. */
import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { parseCookieDate } from "../../internal/interceptors/cookie_date.ts";

const DATES: Readonly<Record<string, string | undefined>> = {
  "Wed, 09 Jun 2021 10:18:14 GMT": "2021-06-09T10:18:14.000Z",
  "Wednesday, 09-Jun-21 10:18:14 GMT": "2021-06-09T10:18:14.000Z",
  "Wed Jun  9 10:18:14 2021": "2021-06-09T10:18:14.000Z",
  "9 june 2021 1:8:4": "2021-06-09T01:08:04.000Z",
  "10:18:14 2021-jun-09": "2021-06-09T10:18:14.000Z",
  "01 Jan 70 00:00:00": "1970-01-01T00:00:00.000Z",
  "01 Jan 69 00:00:00": "2069-01-01T00:00:00.000Z",
  "31 Dec 1601 23:59:59": "1601-12-31T23:59:59.000Z",
  "31 Dec 1600 23:59:59": undefined,
  "29 Feb 2024 00:00:00": "2024-02-29T00:00:00.000Z",
  "29 Feb 2023 00:00:00": undefined,
  "32 Jan 2021 00:00:00": undefined,
  "0 Jan 2021 00:00:00": undefined,
  "01 Jan 2021 24:00:00": undefined,
  "01 Jan 2021 00:60:00": undefined,
  "01 Jan 2021 00:00:60": undefined,
  "01 Jan 2021": undefined,
  "Jan 2021 00:00:00": undefined,
  "01 2021 00:00:00": undefined,
  "01 Jan 00:00:00": undefined,
  "tomorrow": undefined,
  "": undefined,
};

for (const [text, expected] of Object.entries(DATES)) {
  test(`cookie date ${JSON.stringify(text)}`, () => {
    const time = parseCookieDate(text);
    assertEquals(
      time === undefined ? undefined : new Date(time).toISOString(),
      expected,
    );
  });
}
