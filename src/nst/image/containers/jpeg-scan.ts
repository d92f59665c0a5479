import type { Component, Frame, Scan } from './jpeg-segments.ts';

/** A code's length × 256 + its symbol, for every 16 bits that begin with it. A bad code is a short zero, as in libjpeg. */
type Codes = Uint16Array;

/**
 * How much of a picture the data of a scan really hold, from 0 to 1, counted in its units: decoders fill the rest
 * with grey. Only codes are read, no sample is made. Of a progressive picture it takes the first scan of a component.
 */
export function decodedShare(bytes: Uint8Array, frame: Frame, scan: Scan): number {
  const plan = planOf(frame, scan);
  if (!plan) return 0;
  const { units, blocks } = plan;
  const bits = new Bits(bytes, scan.start);
  let unit = 0;
  while (unit < units) {
    for (const { dc, ac } of blocks) {
      bits.skip(bits.code(dc));
      for (let coefficient = 1; ac && coefficient < 64; ) {
        const symbol = bits.code(ac);
        const size = symbol & 15;
        if (size === 0 && symbol !== 0xf0) break;
        coefficient += 1 + (symbol >> 4);
        bits.skip(size);
      }
    }
    if (bits.exhausted) {
      if (!scan.restart || !bits.restart()) break;
      unit = (Math.floor(unit / scan.restart) + 1) * scan.restart;
      continue;
    }
    unit += 1;
    if (scan.restart && unit % scan.restart === 0 && unit < units && !bits.restart()) break;
  }
  return Math.min(1, unit / units);
}

/** How many units the scan has, and which tables the blocks of each are coded with. */
function planOf({ width, height, progressive, components }: Frame, scan: Scan) {
  const codes = new Map<number, Codes>();
  const table = (key: number) => {
    const definition = scan.tables.get(key);
    if (definition && !codes.has(key)) codes.set(key, codesOf(definition));
    return codes.get(key);
  };
  const blocks: { dc: Codes; ac: Codes | undefined }[] = [];
  const taken: Component[] = [];
  for (const { id, dc, ac } of scan.components) {
    const component = components.find((each) => each.id === id);
    const tables = { dc: table(dc), ac: progressive ? undefined : table(16 + ac) };
    if (!component || !tables.dc || (!progressive && !tables.ac)) return undefined;
    taken.push(component);
    const count = scan.components.length === 1 ? 1 : component.h * component.v;
    for (let block = 0; block < count; block++) blocks.push({ dc: tables.dc, ac: tables.ac });
  }
  const most = (side: 'h' | 'v') => Math.max(...components.map((component) => component[side]));
  const [only] = taken as [Component];
  // A scan of one component has a block for a unit, and none beyond the component's own edge.
  const share = (side: 'h' | 'v') => (taken.length === 1 ? only[side] / most(side) : 1);
  const length = (side: 'h' | 'v') => 8 * (taken.length === 1 ? 1 : most(side));
  const across = Math.ceil(Math.ceil(width * share('h')) / length('h'));
  const down = Math.ceil(Math.ceil(height * share('v')) / length('v'));
  return { units: across * down, blocks };
}

/** @param definition - counts of codes by their length, 1 to 16, then the symbols in ascending order. */
function codesOf(definition: Uint8Array): Codes {
  const codes = new Uint16Array(65_536).fill(16 << 8);
  let [at, symbol] = [0, 16];
  for (let length = 1; length <= 16; length++) {
    const span = 1 << (16 - length);
    for (let count = definition[length - 1] as number; count > 0 && at + span <= 65_536; count--) {
      codes.fill((length << 8) | (definition[symbol++] ?? 0), at, at + span);
      at += span;
    }
  }
  return codes;
}

/** Reads bits up to a marker, and zeroes behind it. */
class Bits {
  readonly #bytes: Uint8Array;
  #at: number;
  #buffer = 0;
  #count = 0;
  /** Of the bits in the buffer, how many come from behind the end; they are the last. */
  #padding = 0;
  #exhausted = false;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** Whether bits from behind the end were needed. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  code(codes: Codes): number {
    this.#fill();
    const found = codes[(this.#buffer >>> (this.#count - 16)) & 0xffff] as number;
    this.#take(found >> 8);
    return found & 0xff;
  }

  /** @param count - 16 at most. */
  skip(count: number): void {
    this.#fill();
    this.#take(Math.min(16, count));
  }

  /** Goes on behind the next restart marker. @returns false where another marker, or the end, comes first */
  restart(): boolean {
    const bytes = this.#bytes;
    for (let at = bytes.indexOf(0xff, this.#at); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
      const marker = bytes[at + 1] ?? 0xff;
      if (marker === 0 || marker === 0xff) continue;
      if (marker < 0xd0 || marker > 0xd7) return false;
      this.#at = at + 2;
      [this.#buffer, this.#count, this.#padding, this.#exhausted] = [0, 0, 0, false];
      return true;
    }
    return false;
  }

  #take(count: number): void {
    this.#count -= count;
    if (this.#count < this.#padding) this.#exhausted = true;
  }

  #fill(): void {
    while (this.#count < 16) {
      const byte = this.#bytes[this.#at];
      const marker = byte === 0xff && this.#bytes[this.#at + 1] !== 0;
      if (byte === undefined || marker) this.#padding += 8;
      else this.#at += byte === 0xff ? 2 : 1;
      this.#buffer = (this.#buffer << 8) | (byte === undefined || marker ? 0 : byte);
      this.#count += 8;
    }
  }
}
