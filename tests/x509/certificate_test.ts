import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { matchesHost, readAltNames } from "../../internal/x509/alt_names.ts";
import { readCertificate } from "../../internal/x509/certificate.ts";
import { DerReader, objectIdentifier, TAG } from "../../internal/x509/der.ts";
import { readName } from "../../internal/x509/distinguished_name.ts";
import { der, pem } from "../support/certs.ts";

test("certificate names: a certificate with names of every kind", () => {
  const { subject, issuer, subjectAltNames, serialNumber, ...times } =
    readCertificate(der("worker"));
  assertEquals(subject, {
    text: "CN=worker,OU=Data+UID=7,O=Example\\, Inc.",
    commonName: "worker",
  });
  assertEquals(issuer.text, "CN=flight-other-ca");
  assertEquals(subjectAltNames, [
    { type: "URI", value: "spiffe://flight.test/worker" },
    { type: "DNS", value: "worker.test" },
    { type: "IP", value: "192.0.2.7" },
    { type: "IP", value: "2001:db8::1:0:0:7" },
    { type: "EMAIL", value: "worker@flight.test" },
  ]);
  // Values that the runtime reads correctly.
  const other = new X509Certificate(pem("worker_cert"));
  assertEquals(serialNumber, other.serialNumber);
  assertEquals(times, {
    validFrom: new Date(other.validFrom),
    validTo: new Date(other.validTo),
  });
});

test("certificate names: names that look like several stay one", () => {
  const { subject, subjectAltNames } = readCertificate(der("deceiver"));
  assertEquals(subject, {
    text:
      'CN=y\\0aCN=admin\\, \\"CN=root,1.2.840.113549.1.9.1=#1603614062,O=\\#a b\\ ',
    commonName: 'y\nCN=admin, "CN=root',
  });
  assertEquals(subjectAltNames, [
    { type: "URI", value: "http://a/, DNS:admin.test" },
    { type: "DNS", value: "deceiver.test" },
  ]);
});

test("certificate names: a certificate without other names has none", () => {
  const { subject, subjectAltNames } = readCertificate(der("client"));
  assertEquals(subject.commonName, "flight-client");
  assertEquals(subjectAltNames, []);
});

test("certificate names: a host matches by its labels", () => {
  const names = readCertificate(der("sni")).subjectAltNames;
  for (
    const host of [
      "sni.test",
      "Sni.TEST",
      "sni.test.",
      "a.wild.test",
      "*.wild.test",
    ]
  ) assert(matchesHost(names, host), host);
  for (
    const host of [
      "",
      ".",
      "test",
      "a.sni.test",
      "wild.test",
      ".wild.test",
      "a.b.wild.test",
      "localhost",
      "xsni.test",
    ]
  ) assert(!matchesHost(names, host), host);
  assert(!matchesHost([{ type: "URI", value: "a.test" }], "a.test"));
  assert(!matchesHost([{ type: "DNS", value: "*" }], "localhost"));
  assert(!matchesHost([{ type: "DNS", value: "*.test" }], ".test"));
});

test("certificate names: addresses are written as RFC 5952 has it", () => {
  const cases: Record<string, number[]> = {
    "::": [0, 0, 0, 0, 0, 0, 0, 0],
    "::1": [0, 0, 0, 0, 0, 0, 0, 1],
    "1::": [1, 0, 0, 0, 0, 0, 0, 0],
    "1:0:2:3:4:5:6:7": [1, 0, 2, 3, 4, 5, 6, 7],
    "1::2:0:0:3": [1, 0, 0, 0, 2, 0, 0, 3],
    "1::2:3:0:0:4": [1, 0, 0, 2, 3, 0, 0, 4],
    "fe80::ab:cdef": [0xfe80, 0, 0, 0, 0, 0, 0xab, 0xcdef],
  };
  for (const [text, groups] of Object.entries(cases)) {
    const bytes = groups.flatMap((group) => [group >> 8, group & 255]);
    assertEquals(
      readAltNames(Uint8Array.of(0x30, 18, 0x87, 16, ...bytes)),
      [{ type: "IP", value: text }],
    );
  }
  assertEquals(readAltNames(Uint8Array.of(0x30, 3, 0x87, 1, 9)), []);
});

test("certificate names: names of every string type", () => {
  const name = (tag: number, ...value: number[]) => {
    const attribute = [6, 3, 0x55, 4, 3, tag, value.length, ...value];
    const sequence = [0x30, attribute.length, ...attribute];
    const set = [0x31, sequence.length, ...sequence];
    return readName(new DerReader(Uint8Array.of(0x30, set.length, ...set)));
  };
  assertEquals(name(TAG.UTF8_STRING, 0xc3, 0xa4).commonName, "ä");
  assertEquals(name(TAG.BMP_STRING, 0x20, 0xac, 0, 0x41).commonName, "€A");
  assertEquals(name(TAG.TELETEX_STRING, 0xe4).commonName, "ä");
  assertEquals(name(TAG.PRINTABLE_STRING, 0x41).text, "CN=A");
  // A value that is not text is written as its bytes, and is no name.
  assertEquals(name(TAG.OCTET_STRING, 1, 2), {
    text: "CN=#04020102",
    commonName: undefined,
  });
});

test("certificate names: object identifiers", () => {
  const cases: [number[], string][] = [
    [[0x55, 0x1d, 0x11], "2.5.29.17"],
    [[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d], "1.2.840.113549"],
    [[0x88, 0x37], "2.999"],
    [[0x06], "0.6"],
  ];
  for (const [bytes, text] of cases) {
    assertEquals(objectIdentifier(Uint8Array.from(bytes)), text);
  }
});

test("certificate names: what is malformed is a TypeError, wherever it is cut or changed", () => {
  const whole = der("worker");
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => readCertificate(whole.subarray(0, length)), TypeError);
  }
  let random = 7;
  for (let i = 0; i < 20_000; i++) {
    const bytes = whole.slice();
    for (let k = 0; k < 3; k++) {
      random = (random * 48_271) % 0x7fffffff;
      bytes[random % bytes.length] = (random >>> 8) & 255;
    }
    try {
      readCertificate(bytes);
    } catch (error) {
      assert(error instanceof TypeError, `${error}`);
      assert(error.message.startsWith("Cannot read certificate: "), `${error}`);
    }
  }
});
