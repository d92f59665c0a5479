import { seededRandom } from '../../src/nst/random.ts';
import { ANATOMIES, type Anatomy } from './anatomy.ts';
import { type Specimen, specimens } from './specimens.ts';

/** A picture that has been damaged as chance would have it. */
export interface MutatedPicture {
  /** Format and kind of what it was. */
  readonly kind: string;
  readonly bytes: Buffer;
}

/** Random choices. */
interface Chance {
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number;
  pick<T>(from: readonly T[]): T;
}

/**
 * Gives the picture of a number: the same one for the same seed. Kinds take turns.
 */
export async function mutatedPictures(seed: number): Promise<(index: number) => MutatedPicture> {
  const sound = (await specimens()).map((specimen) => ({
    ...specimen,
    parts: ANATOMIES[specimen.anatomy](specimen.bytes),
  }));
  return (index) => {
    const chance = chanceOf(seededRandom(Math.imul(seed, 1_000_003) + index));
    const subject = sound[index % sound.length] as (typeof sound)[0];
    return { kind: subject.name, bytes: mutated(subject, subject.parts, sound, chance) };
  };
}

function chanceOf(random: () => number): Chance {
  const below = (end: number) => Math.floor(random() * end);
  return { below, pick: <T>(from: readonly T[]) => from[below(from.length)] as T };
}

/** One to three changes in place, then perhaps one that moves what lies behind it. */
function mutated({ bytes }: Specimen, parts: Anatomy, others: readonly Specimen[], chance: Chance): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + chance.below(3); left > 0; left--) chance.pick(IN_PLACE)(copy, parts, chance);
  const moved = chance.below(2) === 0 ? copy : chance.pick(MOVING)(copy, parts, others, chance);
  if (chance.below(4) > 0) parts.mend?.(moved);
  return moved;
}

type InPlace = (bytes: Buffer, parts: Anatomy, chance: Chance) => void;

const IN_PLACE: readonly InPlace[] = [flipBits, fillRun, setField, setField, setField];

function flipBits(bytes: Buffer, _: Anatomy, chance: Chance): void {
  for (let left = 1 + chance.below(8); left > 0; left--) {
    const at = chance.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << chance.below(8));
  }
}

function fillRun(bytes: Buffer, _: Anatomy, chance: Chance): void {
  const at = chance.below(bytes.length);
  const end = at + 1 + chance.below(64);
  const value = chance.pick([0, 0xff, undefined]);
  for (let each = at; each < end && each < bytes.length; each++) bytes[each] = value ?? chance.below(256);
}

/** To what programs stumble over: nothing, the most, one more or less, something else by orders of magnitude. */
function setField(bytes: Buffer, { fields }: Anatomy, chance: Chance): void {
  const { at, bytes: length } = chance.pick(fields);
  if (at + length > bytes.length) return;
  const most = 2 ** (8 * length) - 1;
  const was = bytes.readUIntBE(at, length);
  const extremes = [
    0,
    1,
    most,
    most - 1,
    (most + 1) / 2,
    was + 1,
    was - 1,
    was * 2,
    was * 256,
    chance.below(most),
  ];
  bytes.writeUIntBE(Math.max(0, Math.min(most, chance.pick(extremes))), at, length);
}

type Moving = (bytes: Buffer, parts: Anatomy, others: readonly Specimen[], chance: Chance) => Buffer;

const MOVING: readonly Moving[] = [truncated, repeated, without, swapped, spliced];

function truncated(bytes: Buffer, _: Anatomy, __: readonly Specimen[], chance: Chance): Buffer {
  return bytes.subarray(0, 1 + chance.below(bytes.length));
}

function repeated(bytes: Buffer, { pieces }: Anatomy, _: readonly Specimen[], chance: Chance): Buffer {
  const [start, end] = chance.pick(pieces);
  const times = chance.pick([1, 1, 2, 100, 3000]);
  const most = Math.ceil(1e6 / (end - start));
  const copies = Array<Buffer>(Math.min(times, most)).fill(bytes.subarray(start, end));
  return Buffer.concat([bytes.subarray(0, end), ...copies, bytes.subarray(end)]);
}

function without(bytes: Buffer, { pieces }: Anatomy, _: readonly Specimen[], chance: Chance): Buffer {
  const [start, end] = chance.pick(pieces);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function swapped(bytes: Buffer, { pieces }: Anatomy, _: readonly Specimen[], chance: Chance): Buffer {
  const [one, other] = [chance.pick(pieces), chance.pick(pieces)].sort(([a], [b]) => a - b);
  if (!one || !other || other[0] < one[1]) return bytes;
  const cut = (start: number, end?: number) => bytes.subarray(start, end);
  return Buffer.concat([cut(0, one[0]), cut(...other), cut(one[1], other[0]), cut(...one), cut(other[1])]);
}

/** Its beginning, and the end of any other. */
function spliced(bytes: Buffer, _: Anatomy, others: readonly Specimen[], chance: Chance): Buffer {
  const other = chance.pick(others).bytes;
  return Buffer.concat([
    bytes.subarray(0, chance.below(bytes.length)),
    other.subarray(chance.below(other.length)),
  ]);
}
