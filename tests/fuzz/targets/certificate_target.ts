/** Certificates of clients, which a server reads to say who has called. */

import { concatBytes } from "../../../internal/base/bytes.ts";
import { matchesHost } from "../../../internal/x509/alt_names.ts";
import {
  type Certificate,
  readCertificate,
} from "../../../internal/x509/certificate.ts";
import { der } from "../../support/certs.ts";
import { mutatedBytes } from "../inputs/mutate_bytes.ts";
import type { Random } from "../random.ts";
import { check, type Input, type Target, type Verdict } from "./target.ts";

/** A value in DER: a tag, and what it has (X.690, section 8.1). */
interface Node {
  tag: number;
  bytes: Uint8Array;
  /** Of a constructed value, or of one that another value is inside of. */
  children?: Node[];
  /** Another length than it has. */
  claim?: number;
}

const seeds = ["worker", "deceiver", "client", "sni"].map((name) => der(name));

/** One certificate. */
export const certificateTarget: Target = {
  name: "certificate",
  reads: "certificates: names of who has called",
  memoryBound: () => 48 << 20,
  generate(random: Random): Input {
    const nodes = parse(random.pick(seeds))!;
    for (let i = random.below(3); i >= 0; i--) mutate(nodes, random);
    const bytes = write(nodes);
    return {
      parts: [random.oneIn(10) ? mutatedBytes(bytes, random) : bytes],
    };
  },
  run({ parts }: Input): Verdict {
    let certificate: Certificate;
    try {
      certificate = readCertificate(parts[0]!);
    } catch (error) {
      const { message } = error as Error;
      check(
        error instanceof TypeError && message.includes("certificate"),
        () => `${error}`,
      );
      return message;
    }
    const { subject, issuer, subjectAltNames, validFrom } = certificate;
    check(
      [subject.text, issuer.text].every((text) => typeof text === "string") &&
        !Number.isNaN(validFrom.getTime()),
      () => "a certificate without names or times",
    );
    for (const host of ["worker.test", "a.wild.test", "192.0.2.7", "::1"]) {
      matchesHost(subjectAltNames, host);
    }
    return undefined;
  },
};

function parse(bytes: Uint8Array, depth = 0): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++]!;
    let length = bytes[at++] ?? 0x80;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3) return undefined;
      length = 0;
      for (let i = 0; i < count; i++) {
        length = length * 256 + (bytes[at++] ?? 0);
      }
    }
    if (at + length > bytes.length) return undefined;
    const contents = bytes.slice(at, at += length);
    const mayHaveMore = (tag & 0x20) !== 0 || tag === 4;
    const children = mayHaveMore && depth < 12 && length > 0
      ? parse(contents, depth + 1)
      : undefined;
    nodes.push({ tag, bytes: contents, ...(children && { children }) });
  }
  return nodes;
}

function write(nodes: readonly Node[]): Uint8Array {
  return concatBytes(nodes.flatMap(({ tag, bytes, children, claim }) => {
    const contents = children === undefined ? bytes : write(children);
    return [Uint8Array.of(tag), lengthOf(claim ?? contents.length), contents];
  }));
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  return Uint8Array.of(0x82, length >>> 8, length);
}

function mutate(nodes: Node[], random: Random): void {
  const at = random.below(nodes.length);
  const node = nodes[at];
  if (node === undefined) return;
  if (node.children !== undefined && !random.oneIn(6)) {
    return mutate(node.children, random);
  }
  switch (random.below(8)) {
    case 0:
      nodes.splice(at, 1);
      return;
    case 1:
      for (let count = random.oneIn(20) ? 300 : 1; count > 0; count--) {
        nodes.splice(at, 0, { ...node });
      }
      return;
    case 2:
      node.tag = random.oneIn(2) ? random.below(256) : random.pick([
        1,
        2,
        3,
        4,
        5,
        6,
        12,
        19,
        22,
        23,
        24,
        30,
        0x30,
        0x31,
        0xa0,
      ]);
      return;
    case 3:
      node.claim = Math.abs(random.near(node.bytes.length)) % 2 ** 16;
      return;
    case 4:
      for (let depth = random.below(60); depth > 0; depth--) {
        nodes[at] = { tag: 0x30, bytes: node.bytes, children: [nodes[at]!] };
      }
      return;
    default:
      node.bytes = mutatedBytes(node.bytes, random);
      delete node.children;
  }
}
