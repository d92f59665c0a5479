import { BT709, PRIMARIES, type Primaries } from './primaries.ts';
import { TRANSFERS, type Transfer } from './transfer.ts';

/** What the numbers of an RGB picture mean. */
export interface ColourSpace {
  readonly primaries: Primaries;
  readonly transfer: Transfer;
  /** Whether black and white are at 16 and 235 of 255, as in video; default false. */
  readonly narrow?: boolean;
}

/**
 * The colour space of two code points of ITU-T H.273. A code that is unspecified, reserved or unknown counts as
 * sRGB's, as MIAF (ISO/IEC 23000-22) has it for pictures that leave it open.
 */
export function colourSpaceOf(primaries: number, transfer: number): ColourSpace {
  return {
    primaries: PRIMARIES[primaries] ?? BT709,
    transfer: TRANSFERS[transfer] ?? { curve: 'srgb' },
  };
}

/** Whether samples in this space are sRGB already. */
export function isSrgb({ primaries, transfer, narrow = false }: ColourSpace): boolean {
  return !narrow && transfer.curve === 'srgb' && sameColours(primaries, BT709);
}

/** Whether primaries agree to a thousandth, the precision that standards give them with. */
export function sameColours(one: Primaries, other: Primaries): boolean {
  return (['red', 'green', 'blue', 'white'] as const).every((colour) =>
    one[colour].every((value, at) => Math.abs(value - other[colour][at]) <= 0.001),
  );
}
