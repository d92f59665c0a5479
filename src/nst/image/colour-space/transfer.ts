/**
 * How samples stand for light.
 *
 * `srgb` is IEC 61966-2-1's curve; `gamma` a power function with that exponent (1 is linear light); `smpte240m` and
 * `dci` are SMPTE ST 240 and ST 428-1; `pq` and `hlg` are the two of BT.2100 for high dynamic range.
 */
export type Transfer =
  | { readonly curve: 'srgb' | 'smpte240m' | 'dci' | 'pq' | 'hlg' }
  | { readonly curve: 'gamma'; readonly exponent: number };

const SRGB: Transfer = { curve: 'srgb' };

/**
 * Transfer characteristics by their code in ITU-T H.273, table 3; 2 (unspecified), the logarithmic and reserved codes
 * have no entry. BT.709 and its relatives are read as sRGB, as Chrome does: their formula is that of a camera, not
 * of a screen, and players and viewers show them so.
 */
export const TRANSFERS: Readonly<Record<number, Transfer>> = {
  1: SRGB,
  4: { curve: 'gamma', exponent: 2.2 },
  5: { curve: 'gamma', exponent: 2.8 },
  6: SRGB,
  7: { curve: 'smpte240m' },
  8: { curve: 'gamma', exponent: 1 },
  11: SRGB,
  12: SRGB,
  13: SRGB,
  14: SRGB,
  15: SRGB,
  16: { curve: 'pq' },
  17: { curve: 'dci' },
  18: { curve: 'hlg' },
};

/** Luminance of diffuse white in HDR pictures, in cd/m² (BT.2408, table 1). */
const DIFFUSE_WHITE = 203;
/** Luminance of the screen that HLG is shown on, in cd/m², and the gamma that goes with it (BT.2100, table 5). */
const HLG_PEAK = 1000;
const HLG_GAMMA = 1.2;

/**
 * The light that a sample in [0, 1] stands for; 1 is the brightest of an SDR picture, {@link DIFFUSE_WHITE} in `pq`.
 * `hlg` gives the scene's light in [0, 1], which {@link hlgDisplayGain} takes to the screen's.
 */
export function lightOf(transfer: Transfer): (sample: number) => number {
  switch (transfer.curve) {
    case 'srgb':
      return (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    case 'gamma':
      return (v) => v ** transfer.exponent;
    case 'smpte240m':
      return (v) => (v < 4 * 0.0228 ? v / 4 : ((v + 0.1115) / 1.1115) ** (1 / 0.45));
    case 'dci':
      return (v) => (52.37 / 48) * v ** 2.6;
    case 'pq':
      return (v) => pqLuminance(v) / DIFFUSE_WHITE;
    case 'hlg':
      return (v) => (v <= 0.5 ? v ** 2 / 3 : (Math.exp((v - HLG_C) / HLG_A) + HLG_B) / 12);
  }
}

/**
 * HLG's system gamma (BT.2100, table 5): the factor from a scene's light to that of a screen of 1000 cd/m², where 1 is
 * diffuse white, for a pixel of the given luminance in the scene, in [0, 1].
 */
export function hlgDisplayGain(luminance: number): number {
  return GAINS[(Math.sqrt(Math.min(1, Math.max(0, luminance))) * GAIN_STEPS + 0.5) | 0];
}

/** The inverse of sRGB's curve: linear light in [0, 1] to a sample in [0, 1]. */
export function srgbSample(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** Steps of the luminance's square root, so that dark tones are as finely graded as bright ones. */
const GAIN_STEPS = 2 ** 12;
const GAINS = Float32Array.from(
  { length: GAIN_STEPS + 1 },
  (_, step) => (HLG_PEAK / DIFFUSE_WHITE) * (step / GAIN_STEPS) ** (2 * (HLG_GAMMA - 1)),
);

const HLG_A = 0.17883277;
const HLG_B = 1 - 4 * HLG_A;
const HLG_C = 0.5 - HLG_A * Math.log(4 * HLG_A);

/** SMPTE ST 2084: the luminance of a sample in [0, 1], in cd/m². */
function pqLuminance(sample: number): number {
  const power = sample ** (32 / 2523);
  return 10_000 * (Math.max(0, power - 0.8359375) / (18.8515625 - 18.6875 * power)) ** (16384 / 2610);
}
