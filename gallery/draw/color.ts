import { clamp } from './math.ts';
import type { Random } from './random.ts';

/** An sRGB colour, each channel 0…1. */
export type Rgb = readonly [r: number, g: number, b: number];
/** Oklab: lightness 0…1, then green–red and blue–yellow, each about −0.3…0.3. */
type Lab = readonly [l: number, a: number, b: number];

const toLinear = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const fromLinear = (v: number) => clamp(v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);

function toLab(color: Rgb): Lab {
  const r = toLinear(color[0]);
  const g = toLinear(color[1]);
  const b = toLinear(color[2]);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** The colour written `rrggbb`. */
export function hex(code: string): Rgb {
  const channel = (at: number) => Number.parseInt(code.slice(at, at + 2), 16) / 255;
  return [channel(0), channel(2), channel(4)];
}

/** The colours of a list written `rrggbb rrggbb …`. */
export function palette(codes: string): Rgb[] {
  return codes.split(' ').map(hex);
}

/** Perceptual mixture of two colours: `a` at t = 0, `b` at t = 1. */
export function blend(a: Rgb, b: Rgb, t: number): Rgb {
  const from = toLab(a);
  const to = toLab(b);
  const at = (i: 0 | 1 | 2) => from[i] + (to[i] - from[i]) * t;
  return fromLab([at(0), at(1), at(2)]);
}

/** Perceptual gradient through `colors`, evenly spaced over 0…1 and held beyond the ends. */
export function ramp(colors: readonly Rgb[]): (t: number) => Rgb {
  const last = colors.length - 1;
  const table = Array.from({ length: 257 }, (_, i) => {
    const t = (i / 256) * last;
    const from = Math.min(Math.floor(t), last - 1);
    return blend(colors[from] as Rgb, colors[from + 1] as Rgb, t - from);
  });
  return (t) => table[Math.round(clamp(t) * 256)] as Rgb;
}

/** Moves lightness by `light` (−1…1), scales colourfulness by 1 + `chroma`, turns hue by `hue` radians. */
export function shift(color: Rgb, light: number, chroma: number, hue: number): Rgb {
  const [l, a, b] = toLab(color);
  const scale = Math.max(0, 1 + chroma);
  const cos = Math.cos(hue) * scale;
  const sin = Math.sin(hue) * scale;
  return fromLab([clamp(l + light), a * cos - b * sin, a * sin + b * cos]);
}

/** A random neighbour of `color`, as paint is never mixed twice alike; `amount` 0…1. */
export function vary(color: Rgb, amount: number, random: Random): Rgb {
  return shift(
    color,
    0.12 * amount * random.normal(),
    0.35 * amount * random.normal(),
    0.5 * amount * random.normal(),
  );
}

/** Largest difference of a channel, 0…1. */
export function difference(a: Rgb, b: Rgb): number {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]));
}
