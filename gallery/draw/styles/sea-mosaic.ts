import { tessellate } from '../cells.ts';
import { blend, palette, type Rgb, ramp, shift, vary } from '../color.ts';
import { rake } from '../light.ts';
import { clamp, mix, smoothstep, TAU, wave } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import type { Style } from '../style.ts';

const ASPECT = 4 / 3;
const SUN = { x: 0.98, y: 0.2 };

const sky = ramp(palette('fff0b0 ffcf3a f08a1a d8431a 8f1a3a'));
const gold = ramp(palette('b87818 f0b020 ffdc50 fff6c0'));
const sea = ramp(palette('06183a 0a3a7a 0f6fb0 22a8b8 8fe0cc f4fff0'));
const frame = palette('7a1420 e8c25a 0f2a5a f4ead0');

interface Fish {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly heading: number;
  readonly colors: (t: number) => Rgb;
}
const fishes: readonly Fish[] = [
  {
    x: 0.42,
    y: 0.56,
    length: 0.5,
    heading: -0.2,
    colors: ramp(palette('8a0f1e e0301a ff8a1e ffe27a fff6d0')),
  },
  {
    x: 0.93,
    y: 0.76,
    length: 0.4,
    heading: Math.PI + 0.22,
    colors: ramp(palette('5a0f5a c01a7a f0508a ffc0a0 fff0d8')),
  },
  {
    x: 0.24,
    y: 0.85,
    length: 0.28,
    heading: 0.15,
    colors: ramp(palette('0a4a2a 1a9a3a a8d82a f8f07a ffffd8')),
  },
];

const horizon = (x: number) => 0.36 + 0.022 * Math.sin(15 * x);
const swell = (x: number, y: number) => y + 0.028 * Math.sin(13 * x + 9 * y) * smoothstep(0.3, 0.55, y);

/** What is at a place: which shape of the cartoon, its colour, and the direction of its rows of stones. */
function look(x: number, y: number): { part: number; color: Rgb; angle: number; gilt?: boolean } {
  const inset = Math.min(x, ASPECT - x, y, 1 - y);
  if (inset < 0.06) {
    const upright = Math.min(x, ASPECT - x) < Math.min(y, 1 - y);
    const band = Math.floor(inset / 0.02);
    const step = Math.floor((upright ? y : x) / 0.0635);
    const color = band === 1 ? frame[step & 1 ? 1 : 2] : band === 0 ? frame[0] : frame[3];
    return {
      part: 900 + 3 * (band === 1 ? step : 0) + band,
      color: color as Rgb,
      angle: upright ? Math.PI / 2 : 0,
      gilt: band === 1 && (step & 1) === 1,
    };
  }
  for (const [k, fish] of fishes.entries()) {
    const found = lookAtFish(fish, x, y);
    if (found) return { ...found, part: 100 * (k + 1) + found.part };
  }
  const dx = x - SUN.x;
  const dy = y - SUN.y;
  const d = Math.hypot(dx, dy);
  const turn = Math.atan2(dy, dx);
  if (y < horizon(x)) {
    if (d < 0.1) return { part: 1, color: gold(1.05 - 5 * d), angle: turn + Math.PI / 2, gilt: true };
    const ray = wave((turn / TAU) * 18 + 2.2 * d);
    const lit = ray > 0.5;
    return {
      part: lit ? 3 : 4,
      color: lit ? gold(1 - 0.55 * d) : sky(0.3 + 0.75 * d),
      angle: turn + Math.PI / 2,
      gilt: lit,
    };
  }
  const phase = swell(x, y) * 11;
  const crest = wave(phase);
  const slope = Math.atan2(swell(x - 0.002, y) - swell(x + 0.002, y), 0.004);
  const path = smoothstep(0.13, 0.03, Math.abs(dx)) * smoothstep(0.75, 0.35, y);
  const color = blend(sea(0.1 + 0.75 * crest ** 1.4 + 0.15 * Math.sin(5 * x)), gold(0.8), path * crest);
  return { part: 10 + Math.floor(phase * 2), color, angle: slope, gilt: path * crest > 0.4 };
}

function lookAtFish(
  fish: Fish,
  x: number,
  y: number,
): { part: number; color: Rgb; angle: number } | undefined {
  const cos = Math.cos(fish.heading);
  const sin = Math.sin(fish.heading);
  const u = ((x - fish.x) * cos + (y - fish.y) * sin) / fish.length;
  // A fish heading left is mirrored so that it does not swim on its back.
  const v = (((y - fish.y) * cos - (x - fish.x) * sin) / fish.length) * Math.sign(cos);
  const body = 0.2 * Math.sqrt(clamp(1 - ((u - 0.08) / 0.42) ** 2)) * (1 - 0.28 * u);
  const side = v / (body || 1);
  const lean = fish.heading + (u < 0.1 ? -0.55 : 0.45) * side * Math.sign(cos) * 0.6;
  if (Math.abs(v) < body) {
    const eye = Math.hypot(u - 0.36, v + 0.035);
    if (eye < 0.022) return { part: 1, color: [0.05, 0.04, 0.1], angle: 0 };
    if (eye < 0.052) return { part: 2, color: [1, 0.97, 0.85], angle: lean };
    if (u > 0.25 && u < 0.27 + 0.02 * side * side)
      return { part: 3, color: fish.colors(0.05), angle: fish.heading + Math.PI / 2 };
    const scales = wave(9 * u + 1.3 * Math.abs(side));
    const stripe = u > 0.26 ? 0.72 : mix(0.22, 0.85, scales) + 0.12 * side;
    return {
      part: u > 0.26 ? 4 : 5 + Math.floor(9 * u + 1.3 * Math.abs(side) + 20),
      color: fish.colors(stripe),
      angle: u > 0.26 ? lean : fish.heading + Math.PI / 2 + 0.5 * side * Math.sign(cos),
    };
  }
  const tail = -0.3 - u;
  if (tail > 0 && tail < 0.2 && Math.abs(v) < 0.03 + 0.75 * tail && tail < 0.14 + 0.28 * Math.abs(v)) {
    return {
      part: 50 + Math.floor(v * 14 + 20),
      color: fish.colors(0.25 + 0.6 * wave(v * 14)),
      angle: fish.heading - 3 * v * Math.sign(cos),
    };
  }
  const fin = Math.abs(v) - body;
  if (u > -0.16 && u < 0.22 && fin < 0.075 * wave((u + 0.16) / 0.76) ** 0.6) {
    return {
      part: 80 + Math.sign(v),
      color: fish.colors(0.3 + 0.5 * wave(16 * u)),
      angle: fish.heading + 0.9,
    };
  }
  return undefined;
}

export const seaMosaic: Style = {
  name: 'sea-mosaic',
  title: 'Sea Mosaic',
  description: 'Glass and gold tesserae in curving rows: three bright fish under a gilded, many-rayed sun.',
  seed: 547,
  aspect: ASPECT,
  draw(canvas, random) {
    const noise = fractal(gradientNoise(random), 3);
    const { width, height, relief } = canvas;
    const { cells, owner, edge } = tessellate(
      width,
      height,
      {
        spacing: 0.0195,
        stretch: 1.15,
        square: true,
        part: (x, y) => look(x, y).part,
        angle: (x, y) => look(x, y).angle,
      },
      random,
    );
    const stones = cells.map(({ x, y }) => {
      const { color, gilt = false } = look(x, y);
      return {
        color: vary(color, gilt ? 0.3 : 0.38, random),
        gilt,
        tiltX: random.normal(),
        tiltY: random.normal(),
      };
    });
    canvas.each((i, x, y) => {
      const cell = owner[i] as number;
      const { color, gilt, tiltX, tiltY } = stones[cell] as (typeof stones)[number];
      const { x: cx, y: cy } = cells[cell] as (typeof cells)[number];
      const speckle = noise(60 * x, 60 * y);
      const lift = clamp(((x - cx) * tiltX + (y - cy) * tiltY) * 9, -0.1, 0.1);
      const stone = shift(color, lift + (gilt ? 0.06 : 0.04) * speckle, 0, 0);
      const inside = (edge[i] as number) + 0.7 * speckle;
      const grout = smoothstep(3.2, 1.8, inside);
      const dust = 0.2 + 0.06 * speckle;
      canvas.cover(i, stone, 1);
      canvas.cover(i, [dust, dust * 0.9, dust * 0.85], grout);
      const bevel = 5 * Math.sqrt(clamp((inside - 1) / 7));
      relief[i] =
        (1 - grout) * (bevel + height * 0.1 * ((x - cx) * tiltX + (y - cy) * tiltY)) +
        (gilt ? 0.9 : 0.5) * speckle;
    });
    rake(canvas, { shade: 0.32, gloss: 0.45 });
  },
};
