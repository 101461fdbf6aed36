/** Changes to a flatbuffer that know what they change. */

import type { Anatomy, Site } from "./flatbuffer_sites.ts";
import { readInteger, writeInteger } from "./mutate_bytes.ts";
import type { Random } from "../random.ts";

/** Changes one thing, in place. */
export function mutateFlatbuffer(
  bytes: Uint8Array,
  anatomy: Anatomy,
  random: Random,
  base = 0,
): void {
  const site = random.pick(anatomy.sites);
  const at = base + site.at;
  switch (site.kind) {
    case "number":
      return mutateNumber(bytes, at, site, anatomy, random, base);
    case "reference":
      return mutateReference(bytes, at, anatomy, random, base);
    case "length":
      return writeInteger(
        bytes,
        at,
        4,
        random.near(readInteger(bytes, at, 4)),
      );
    case "vtable":
      return mutateEntry(bytes, at, anatomy, random, base);
    case "text":
      for (let i = random.below(3); i >= 0; i--) {
        bytes[at + random.below(site.width)] = random.below(256);
      }
  }
}

function mutateNumber(
  bytes: Uint8Array,
  at: number,
  { width }: Site,
  anatomy: Anatomy,
  random: Random,
  base: number,
): void {
  const before = readInteger(bytes, at, width);
  if (random.oneIn(4)) {
    // A number that means something elsewhere.
    const other = random.pick(anatomy.sites);
    if (other.kind === "number" && other.width <= width) {
      const value = readInteger(bytes, base + other.at, other.width);
      return writeInteger(bytes, at, width, value);
    }
  }
  if (width < 4 && random.oneIn(2)) {
    return writeInteger(bytes, at, width, random.below(30));
  }
  writeInteger(bytes, at, width, random.near(before));
}

/** Bends a reference to another table or vector, to itself, or to anywhere. */
function mutateReference(
  bytes: Uint8Array,
  at: number,
  { tables, vectors }: Anatomy,
  random: Random,
  base: number,
): void {
  const position = at - base;
  switch (random.below(4)) {
    case 0:
      return writeInteger(bytes, at, 4, random.pick(tables) - position);
    case 1:
      if (vectors.length === 0) return;
      return writeInteger(bytes, at, 4, random.pick(vectors) - position);
    case 2:
      return writeInteger(bytes, at, 4, random.near(readInteger(bytes, at, 4)));
    default:
      return writeInteger(bytes, at, 4, random.below(bytes.length) & ~3);
  }
}

/** Leaves a slot out, or takes that of another for it. */
function mutateEntry(
  bytes: Uint8Array,
  at: number,
  { sites }: Anatomy,
  random: Random,
  base: number,
): void {
  if (random.oneIn(3)) return writeInteger(bytes, at, 2, 0);
  if (random.oneIn(2)) {
    return writeInteger(bytes, at, 2, random.near(readInteger(bytes, at, 2)));
  }
  const entries = sites.filter(({ kind }) => kind === "vtable");
  const other = base + random.pick(entries).at;
  writeInteger(bytes, at, 2, readInteger(bytes, other, 2));
}

/**
 * Claims another number of rows wherever a number is that of the rows: what no change of one number
 * can do.
 */
export function claimRows(
  bytes: Uint8Array,
  { sites }: Anatomy,
  random: Random,
  rows: number,
  base = 0,
): void {
  const claim = random.near(rows);
  for (const { kind, at, width } of sites) {
    if (kind !== "number" || width !== 8) continue;
    if (readInteger(bytes, base + at, 8) === rows && !random.oneIn(30)) {
      writeInteger(bytes, base + at, 8, claim);
    }
  }
}
