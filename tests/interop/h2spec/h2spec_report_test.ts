import { test } from "node:test";

import { assertEquals } from "@std/assert";

import { casesOfReport } from "./h2spec_report.ts";

// As h2spec writes it: attributes are escaped, the text of errors is not.
const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="4.2. Frame Size" package="http2/4.2" id="4.2" tests="2">
    <testcase package="http2/4.2" classname="Sends a DATA frame" time="0.0013"></testcase>
    <testcase package="http2/4.2" classname="Sends &#34;HEADERS&#34; &gt; 20 KB" time="2.0049">
      <error>GOAWAY Frame (Error Code: FRAME_SIZE_ERROR)
Connection closed
DATA Frame (length:30, flags:0x01, stream_id:1)</error>
    </testcase>
  </testsuite>
  <testsuite name="2.3.3. Index Address Space" package="hpack/2.3.3" id="2.3.3" tests="2">
    <testcase package="hpack/2.3.3" classname="Needs more" time="0.0000">
      <skipped></skipped>
    </testcase>
    <testcase package="hpack/2.3.3" classname="Connects" time="0.0000">
      <error>dial tcp 127.0.0.1:1: connect: connection refused</error>
    </testcase>
  </testsuite>
</testsuites>`;

test("casesOfReport names each case, and what was expected of it", () => {
  assertEquals(casesOfReport(REPORT), [
    { section: "http2/4.2", title: "Sends a DATA frame", error: undefined },
    {
      section: "http2/4.2",
      title: 'Sends "HEADERS" > 20 KB',
      error: "expected: GOAWAY Frame (Error Code: FRAME_SIZE_ERROR), or: " +
        "Connection closed\n" +
        "actual: DATA Frame (length:30, flags:0x01, stream_id:1)",
    },
    {
      section: "hpack/2.3.3",
      title: "Needs more",
      error: "skipped by h2spec",
    },
    {
      section: "hpack/2.3.3",
      title: "Connects",
      error: "dial tcp 127.0.0.1:1: connect: connection refused",
    },
  ]);
});

test("casesOfReport of a report without cases", () => {
  assertEquals(casesOfReport("<testsuites></testsuites>"), []);
});
