import { type Box, boxes } from './boxes.ts';
import { latin1, viewOf } from './bytes.ts';
import { checkFrames, isCoded } from './coded-frames.ts';
import { damaged, unsupported } from './header.ts';
import { dataIn, extentsOf } from './item-extents.ts';

/** What a HEIF file (ISO/IEC 23008-12) says of the items that its picture is made of. */
export interface HeifItems {
  /** Coding of the primary item. */
  readonly kind: string;
  /** Properties of all items, and of the primary one. */
  readonly properties: readonly Box[];
  readonly own: readonly Box[];
  /** Pixels that are decoded at once for the primary item, or for what belongs to it, such as its opacity. */
  readonly decodedPixels: number;
}

/** Codings of pictures, and ways to make one of others; overlays no camera makes, and only their data tell their size. */
const KINDS = ['av01', 'hvc1', 'grid', 'iden', 'tmap'];
/** Telephones have a few hundred items, each of which refers to a few others. */
const [MAX_ITEMS, MAX_REFERENCES] = [10_000, 100_000];
/** A tone-mapped picture of a turned grid of tiles is made in four steps. */
const MAX_STEPS = 8;

/** @throws refusals by name; RangeError where something lies outside its box, or has too many parts */
export function itemsOf(meta: Uint8Array, file: Uint8Array, name: string): HeifItems {
  const all = boxes(meta, 0);
  const find = (type: string) => all.find((box) => box.type === type)?.data;
  const [pitm, iinf, iprp, iloc, iref] = ['pitm', 'iinf', 'iprp', 'iloc', 'iref'].map(find);
  if (!pitm || !iinf || !iprp || !iloc) throw damaged(name);
  const extents = extentsOf(iloc, file.length);
  const primary = pitm[0] === 0 ? viewOf(pitm).getUint16(4) : viewOf(pitm).getUint32(4);
  const kinds = kindsOf(iinf);
  const references = iref ? referencesOf(iref) : [];
  const parts = boxes(iprp, 0);
  const properties = boxes(parts.find(({ type }) => type === 'ipco')?.data ?? new Uint8Array(), 0);
  const numbers = associations(parts.filter(({ type }) => type === 'ipma').map(({ data }) => data));
  const propertiesOf = (item: number) =>
    (numbers.get(item) ?? []).flatMap((number) => properties[number - 1] ?? []);
  const { pixelsOf, counted } = pixelCounter(propertiesOf, references);
  const pixels = pixelsOf(primary);
  for (const item of counted.keys()) checkKind(kinds.get(item) ?? '');
  const idat = find('idat');
  for (const [item, kind] of kinds) {
    if (isCoded(kind)) checkFrames(dataIn(extents.get(item) ?? [], file, idat), kind);
  }
  const auxiliary = references.filter(({ type }) => type === 'auxl').map(({ from }) => from);
  return {
    kind: kinds.get(primary) ?? '',
    properties,
    own: propertiesOf(primary),
    decodedPixels: auxiliary.reduce((most, item) => Math.max(most, pixelsOf(item)), pixels),
  };
}

/** @throws the refusal of a kind by its name */
function checkKind(kind: string): void {
  if (!KINDS.includes(kind)) throw unsupported(`a HEIF picture coded as “${kind.replace(/[^\w ]/g, '?')}”`);
}

function kindsOf(iinf: Uint8Array): Map<number, string> {
  return new Map(
    boxes(iinf.subarray(iinf[0] === 0 ? 6 : 8), 0).map(({ data }) => {
      const wide = data[0] === 3;
      const id = wide ? viewOf(data).getUint32(4) : viewOf(data).getUint16(4);
      return [id, latin1(data, wide ? 10 : 8, wide ? 14 : 12)];
    }),
  );
}

/** Numbers of each item's properties; those that are told first count. */
function associations(boxes: readonly Uint8Array[]): Map<number, readonly number[]> {
  const found = new Map<number, readonly number[]>();
  for (const ipma of boxes) {
    const view = viewOf(ipma);
    const wideId = view.getUint8(0) > 0;
    const wide = (view.getUint32(0) & 1) === 1;
    let at = 8;
    for (let count = view.getUint32(4); count > 0; count--) {
      const id = wideId ? view.getUint32(at) : view.getUint16(at);
      at += wideId ? 4 : 2;
      const length = view.getUint8(at++);
      if (!found.has(id)) {
        const start = at;
        found.set(
          id,
          Array.from({ length }, (_, index) =>
            wide ? view.getUint16(start + 2 * index) & 0x7fff : view.getUint8(start + index) & 0x7f,
          ),
        );
        if (found.size > MAX_ITEMS) throw new RangeError('too many items');
      }
      at += length * (wide ? 2 : 1);
    }
  }
  return found;
}

/** What an item needs others for. */
interface Reference {
  readonly type: string;
  readonly from: number;
  readonly to: readonly number[];
}

function referencesOf(iref: Uint8Array): Reference[] {
  const bytes = iref[0] === 0 ? 2 : 4;
  let left = MAX_REFERENCES;
  return boxes(iref.subarray(4), 0).map(({ type, data }) => {
    const view = viewOf(data);
    const id = (at: number) => (bytes === 2 ? view.getUint16(at) : view.getUint32(at));
    const count = view.getUint16(bytes);
    left -= count;
    if (left < 0) throw new RangeError('too many references');
    return {
      type,
      from: id(0),
      to: Array.from({ length: count }, (_, index) => id(bytes * (1 + index) + 2)),
    };
  });
}

/**
 * How many pixels an item is decoded to: its own, or those of all that it is made of where these are more. A grid's data
 * may say that it is larger than its property does, but no larger than its tiles.
 */
function pixelCounter(propertiesOf: (item: number) => readonly Box[], references: readonly Reference[]) {
  const inputs = new Map(references.filter(({ type }) => type === 'dimg').map(({ from, to }) => [from, to]));
  const counted = new Map<number, number>();
  const count = (item: number, steps: number): number => {
    const known = counted.get(item);
    if (known !== undefined) return known;
    if (steps === 0) throw new RangeError('items are made of each other');
    const size = propertiesOf(item).find(({ type }) => type === 'ispe')?.data;
    const own = size ? viewOf(size).getUint32(4) * viewOf(size).getUint32(8) : 0;
    const made = (inputs.get(item) ?? []).reduce((sum, input) => sum + count(input, steps - 1), 0);
    const pixels = Math.max(own, made);
    counted.set(item, pixels);
    return pixels;
  };
  return { pixelsOf: (item: number) => count(item, MAX_STEPS), counted };
}
