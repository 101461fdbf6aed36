/** The descriptors that server reflection hands out, beside those of protoc. */

import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import { describeFiles } from "../../tools/proto_descriptor.ts";

const TIMESTAMP = {
  name: "google/protobuf/timestamp.proto",
  text: `syntax = "proto3"; package google.protobuf; message Timestamp {}`,
};

/** Everything that a description can have. */
const SAMPLE = `syntax = "proto3";

package contrail.test.v1;

import "google/protobuf/timestamp.proto";

enum Colour {
  COLOUR_UNSPECIFIED = 0;
  COLOUR_NEGATIVE = -1;
}

message Outer {
  message Inner {
    enum Size {
      SMALL = 0;
    }
    Size size = 1;
    Outer outer = 2;
  }
  Inner inner = 1;
  optional int32 maybe_number = 2;
  oneof one_of_these {
    string a_string = 3;
    google.protobuf.Timestamp a_time = 4;
    .contrail.test.v1.Colour a_colour = 5;
  }
  optional Inner.Size maybe_size = 6;
  repeated double packed = 7;
  repeated sint64 not_packed = 8 [packed = false];
  map<int64, bytes> blobs_by_id = 9;
  map<string, Inner> inners = 10;
  repeated bytes _odd__name_2_ = 11;
}

message Empty {}

service Things {
  rpc Unary(Empty) returns (Outer);
  rpc Up(stream Outer.Inner) returns (Empty);
  rpc Down(Empty) returns (stream google.protobuf.Timestamp);
  rpc Both(stream Outer) returns (stream Outer);
}
`;

/** Output of protoc 35.1, without the FileDescriptorSet around it. */
const SAMPLE_DESCRIPTOR =
  "CgxzYW1wbGUucHJvdG8SEGNvbnRyYWlsLnRlc3QudjEaH2dvb2dsZS9wcm90b2J1" +
  "Zi90aW1lc3RhbXAucHJvdG8i4gYKBU91dGVyEjMKBWlubmVyGAEgASgLMh0uY29u" +
  "dHJhaWwudGVzdC52MS5PdXRlci5Jbm5lclIFaW5uZXISJgoMbWF5YmVfbnVtYmVy" +
  "GAIgASgFSAFSC21heWJlTnVtYmVyiAEBEhsKCGFfc3RyaW5nGAMgASgJSABSB2FT" +
  "dHJpbmcSMwoGYV90aW1lGAQgASgLMhouZ29vZ2xlLnByb3RvYnVmLlRpbWVzdGFt" +
  "cEgAUgVhVGltZRI1CghhX2NvbG91chgFIAEoDjIYLmNvbnRyYWlsLnRlc3QudjEu" +
  "Q29sb3VySABSB2FDb2xvdXISRgoKbWF5YmVfc2l6ZRgGIAEoDjIiLmNvbnRyYWls" +
  "LnRlc3QudjEuT3V0ZXIuSW5uZXIuU2l6ZUgCUgltYXliZVNpemWIAQESFgoGcGFj" +
  "a2VkGAcgAygBUgZwYWNrZWQSIQoKbm90X3BhY2tlZBgIIAMoEkICEABSCW5vdFBh" +
  "Y2tlZBJGCgtibG9ic19ieV9pZBgJIAMoCzImLmNvbnRyYWlsLnRlc3QudjEuT3V0" +
  "ZXIuQmxvYnNCeUlkRW50cnlSCWJsb2JzQnlJZBI7CgZpbm5lcnMYCiADKAsyIy5j" +
  "b250cmFpbC50ZXN0LnYxLk91dGVyLklubmVyc0VudHJ5UgZpbm5lcnMSHwoNX29k" +
  "ZF9fbmFtZV8yXxgLIAMoDFIIT2RkTmFtZTIagQEKBUlubmVyEjYKBHNpemUYASAB" +
  "KA4yIi5jb250cmFpbC50ZXN0LnYxLk91dGVyLklubmVyLlNpemVSBHNpemUSLQoF" +
  "b3V0ZXIYAiABKAsyFy5jb250cmFpbC50ZXN0LnYxLk91dGVyUgVvdXRlciIRCgRT" +
  "aXplEgkKBVNNQUxMEAAaPAoOQmxvYnNCeUlkRW50cnkSEAoDa2V5GAEgASgDUgNr" +
  "ZXkSFAoFdmFsdWUYAiABKAxSBXZhbHVlOgI4ARpYCgtJbm5lcnNFbnRyeRIQCgNr" +
  "ZXkYASABKAlSA2tleRIzCgV2YWx1ZRgCIAEoCzIdLmNvbnRyYWlsLnRlc3QudjEu" +
  "T3V0ZXIuSW5uZXJSBXZhbHVlOgI4AUIOCgxvbmVfb2ZfdGhlc2VCDwoNX21heWJl" +
  "X251bWJlckINCgtfbWF5YmVfc2l6ZSIHCgVFbXB0eSo+CgZDb2xvdXISFgoSQ09M" +
  "T1VSX1VOU1BFQ0lGSUVEEAASHAoPQ09MT1VSX05FR0FUSVZFEP///////////wEy" +
  "gAIKBlRoaW5ncxI5CgVVbmFyeRIXLmNvbnRyYWlsLnRlc3QudjEuRW1wdHkaFy5j" +
  "b250cmFpbC50ZXN0LnYxLk91dGVyEj4KAlVwEh0uY29udHJhaWwudGVzdC52MS5P" +
  "dXRlci5Jbm5lchoXLmNvbnRyYWlsLnRlc3QudjEuRW1wdHkoARI9CgREb3duEhcu" +
  "Y29udHJhaWwudGVzdC52MS5FbXB0eRoaLmdvb2dsZS5wcm90b2J1Zi5UaW1lc3Rh" +
  "bXAwARI8CgRCb3RoEhcuY29udHJhaWwudGVzdC52MS5PdXRlchoXLmNvbnRyYWls" +
  "LnRlc3QudjEuT3V0ZXIoATABYgZwcm90bzM=";

function describe(text: string): Uint8Array {
  const files = [TIMESTAMP, { name: "sample.proto", text }];
  return describeFiles(files).get("sample.proto")!;
}

/** Without what `lib.dom` does not know yet. */
function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

test("proto descriptor: a descriptor is what protoc makes of the file", () => {
  assertEquals(toBase64(describe(SAMPLE)), SAMPLE_DESCRIPTOR);
});

test("proto descriptor: what cannot be described is refused", () => {
  const file = (text: string) => `syntax = "proto3"; package a; ${text}`;
  const wrong: Readonly<Record<string, string>> = {
    [`syntax = "proto3"; message A {}`]: "sample.proto has what",
    [file(`option java_package = "a";`)]: "option java_package",
    [`option java_package = "a"; ${file("")}`]: "option java_package",
    [file("message A { reserved 2; }")]: ".a.A has what",
    [file("message A { int32 a = 1 [deprecated = true]; }")]:
      ".a.A.a has what tools/proto_descriptor.ts cannot: option deprecated",
    [file("enum A { option allow_alias = true; B = 0; C = 0; }")]:
      ".a.A has what tools/proto_descriptor.ts cannot: option allow_alias",
    [
      file(
        `import "google/protobuf/descriptor.proto"; extend Fields { int32 a = 5; } message Fields {}`,
      )
    ]: "has what tools/proto_descriptor.ts cannot",
  };
  for (const [text, message] of Object.entries(wrong)) {
    assertThrows(() => describe(text), Error, message, text);
  }
});

test("proto descriptor: v1alpha of reflection is v1 under another name", () => {
  const [v1, v1alpha] = ["v1", "v1alpha"].map((version) => {
    const url = new URL(
      `../../proto/grpc/reflection/${version}/reflection.proto`,
      import.meta.url,
    );
    const text = readFileSync(url, "utf8");
    return text.slice(text.indexOf("syntax"));
  });
  assertEquals(v1!.replace("reflection.v1;", "reflection.v1alpha;"), v1alpha);
});
