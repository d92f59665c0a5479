import type { Header } from '../containers/header.ts';
import type { Chromaticity, Primaries } from './primaries.ts';
import { BT709, toSrgbMatrix } from './primaries.ts';
import { type ColourSpace, colourSpaceOf, isSrgb, sameColours } from './space.ts';
import type { Transfer } from './transfer.ts';

/** Exponents that samples may be encoded with; others are slips or mischief. */
const GAMMAS = { least: 0.1, most: 10 } as const;

/** Adobe RGB (1998), version 2005-05. */
const ADOBE_RGB: ColourSpace = {
  primaries: { ...BT709, green: [0.21, 0.71] },
  transfer: { curve: 'gamma', exponent: 563 / 256 },
};

/**
 * The colour space of a picture that is not converted by its ICC profile; undefined where it has one that counts, or
 * is sRGB.
 *
 * In PNG, codes come before a profile, and gAMA and cHRM after it (W3C, third edition, section 4.3). In AVIF and HEIC
 * a profile comes before codes, which then only tell of luma and chroma (MIAF, ISO/IEC 23000-22, 7.3.6.4).
 */
export function spaceOf({ format, colour }: Header): ColourSpace | undefined {
  const { icc, cicp, gamma, chromaticities, adobeRgb } = colour;
  if (cicp && (format === 'png' || !icc)) {
    const space = colourSpaceOf(cicp.primaries, cicp.transfer);
    // Decoders of AVIF and HEIC widen the range themselves.
    const narrow = format === 'png' && !cicp.fullRange;
    return icc || narrow || !isSrgb(space) ? { ...space, narrow } : undefined;
  }
  if (icc) return undefined;
  if (adobeRgb) return ADOBE_RGB;
  const primaries = primariesOf(chromaticities) ?? BT709;
  const space = { primaries, transfer: transferOf(gamma, primaries) };
  return isSrgb(space) ? undefined : space;
}

/** cHRM: white, red, green, blue. */
function primariesOf(values: readonly number[] = []): Primaries | undefined {
  const [white, red, green, blue] = [0, 2, 4, 6].map((at) => [values[at], values[at + 1]] as Chromaticity);
  const primaries = { white, red, green, blue } as Primaries;
  return toSrgbMatrix(primaries) && primaries;
}

/** gAMA: 1 / 2.2 stands for sRGB's own curve where the colours are sRGB's, as it was written before there was a chunk for it. */
function transferOf(gamma: number | undefined, primaries: Primaries): Transfer {
  if (gamma === undefined || !(gamma >= GAMMAS.least && gamma <= GAMMAS.most)) return { curve: 'srgb' };
  const usual = Math.abs(gamma - 1 / 2.2) < 0.001 && sameColours(primaries, BT709);
  return usual ? { curve: 'srgb' } : { curve: 'gamma', exponent: 1 / gamma };
}
