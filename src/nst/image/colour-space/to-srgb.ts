import { BT709, type Matrix, type Primaries, toSrgbMatrix, toXyz } from './primaries.ts';
import type { ColourSpace } from './space.ts';
import { toneCurve } from './tone-map.ts';
import { hlgDisplayGain, lightOf, srgbSample } from './transfer.ts';

/** Interleaved samples of a picture as it was stored: red, green, blue and, of 4 channels, opacity. */
export interface Samples {
  readonly data: Uint8Array | Uint16Array;
  readonly channels: 3 | 4;
  /** Value of a full sample, such as 255 or 1023; larger ones count as full. */
  readonly white: number;
}

/**
 * Converts samples of any depth to 8-bit sRGB; straight opacity is kept. Curves are tables, so that 12 megapixels take
 * tenths of a second. Resize before: it looks the same, as every curve but the linear one is close to the eye's.
 *
 * Pictures of high dynamic range are taken to what a screen shows by {@link toneCurve}, and colours beyond sRGB lose
 * saturation until they fit, which keeps their hue and luminance. Those of other pictures are cut off at each
 * channel's end, as colour-managed viewers and libvips do where a profile says what these codes say.
 */
export function toSrgb({ data, channels, white }: Samples, space: ColourSpace): Uint8Array {
  const result = new Uint8Array(data.length);
  const work = { data, channels, light: lightTable(data, white, space), result };
  const { curve } = space.transfer;
  if (curve === 'pq' || curve === 'hlg') mapTones(work, space.primaries, curve === 'hlg');
  else convert(work, space.primaries);
  if (channels === 4) {
    for (let at = 3; at < data.length; at += 4) result[at] = Math.min(255, (255 * data[at]) / white + 0.5);
  }
  return result;
}

interface Work {
  readonly data: Uint8Array | Uint16Array;
  readonly channels: number;
  /** The light of every value that a sample can have. */
  readonly light: Float32Array;
  readonly result: Uint8Array;
}

function lightTable(data: Uint8Array | Uint16Array, white: number, { transfer, narrow }: ColourSpace) {
  const light = lightOf(transfer);
  const black = narrow ? (white * 16) / 255 : 0;
  const range = narrow ? (white * 219) / 255 : white;
  return Float32Array.from({ length: 2 ** (8 * data.BYTES_PER_ELEMENT) }, (_, value) =>
    light(Math.min(1, Math.max(0, (value - black) / range))),
  );
}

function convert({ data, channels, light, result }: Work, primaries: Primaries): void {
  const [a, b, c, d, e, f, g, h, i] = matrixOf(primaries);
  for (let at = 0; at < data.length; at += channels) {
    const red = light[data[at]];
    const green = light[data[at + 1]];
    const blue = light[data[at + 2]];
    result[at] = encode(a * red + b * green + c * blue);
    result[at + 1] = encode(d * red + e * green + f * blue);
    result[at + 2] = encode(g * red + h * green + i * blue);
  }
}

function mapTones({ data, channels, light, result }: Work, primaries: Primaries, hlg: boolean): void {
  const [a, b, c, d, e, f, g, h, i] = matrixOf(primaries);
  const [, , , redWeight, greenWeight, blueWeight] = toXyz(BT709) as Matrix;
  const most = brightest(data, channels, light);
  const tone = toneCurve(hlg ? most * hlgDisplayGain(most) : most);
  for (let at = 0; at < data.length; at += channels) {
    const red = light[data[at]];
    const green = light[data[at + 1]];
    const blue = light[data[at + 2]];
    let x = a * red + b * green + c * blue;
    let y = d * red + e * green + f * blue;
    let z = g * red + h * green + i * blue;
    let luminance = redWeight * x + greenWeight * y + blueWeight * z;
    let gain = hlg ? hlgDisplayGain(luminance) : 1;
    gain *= tone(gain * Math.max(red, green, blue));
    luminance *= gain;
    x *= gain;
    y *= gain;
    z *= gain;
    const saturation = fitting(Math.min(x, y, z), Math.max(x, y, z), luminance);
    result[at] = encode(luminance + saturation * (x - luminance));
    result[at + 1] = encode(luminance + saturation * (y - luminance));
    result[at + 2] = encode(luminance + saturation * (z - luminance));
  }
}

function brightest(data: Uint8Array | Uint16Array, channels: number, light: Float32Array): number {
  let most = 0;
  for (let at = 0; at < data.length; at += channels) {
    most = Math.max(most, data[at], data[at + 1], data[at + 2]);
  }
  return light[most];
}

/** How much of a colour's saturation is left when its least and largest channel are brought into [0, 1]. */
function fitting(least: number, largest: number, luminance: number): number {
  let saturation = 1;
  if (least < 0) saturation = luminance / (luminance - least);
  if (largest > 1) saturation = Math.min(saturation, (1 - luminance) / (largest - luminance));
  return Math.max(0, saturation);
}

function matrixOf(primaries: Primaries): Matrix {
  return toSrgbMatrix(primaries) ?? (toSrgbMatrix(BT709) as Matrix);
}

/** Steps of light in the table of samples: fine enough to be off by a tenth of a sample at most. */
const STEPS = 2 ** 14;
const SAMPLES = Uint8Array.from({ length: STEPS + 1 }, (_, step) => 255 * srgbSample(step / STEPS) + 0.5);

function encode(light: number): number {
  return SAMPLES[(Math.min(1, Math.max(0, light)) * STEPS + 0.5) | 0];
}
