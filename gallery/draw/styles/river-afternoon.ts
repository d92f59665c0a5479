import type { Canvas } from '../canvas.ts';
import { blend, palette, type Rgb, ramp, shift, vary } from '../color.ts';
import { rake } from '../light.ts';
import { clamp, mix, smoothstep } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import { scatter } from '../paint.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';

const ASPECT = 4 / 3;
const BANK = 0.42;

const sky = ramp(palette('2f6fe0 5aa8f4 a8dcf4 ffe6a8 ffb878'));
const trees = ramp(palette('2a2a80 1a6a6a 3aa040 b0d030 ffe850 ffb030'));
const water = ramp(palette('1a3a9a 2a78d0 58b8e0 b8e8e0 fff0b0'));
const grass = ramp(palette('1a2a6a 1a7a4a 5ac030 d8e838 fff088'));
const sails = ramp(palette('ffb0a0 fff0d0 ffffff'));
const accents = palette('ff3020 ff8a10 f050b0 ffe020 7030c0');

interface Boat {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}
const boats: readonly Boat[] = [
  { x: 0.56, y: 0.56, size: 0.26 },
  { x: 0.86, y: 0.5, size: 0.15 },
  { x: 0.3, y: 0.485, size: 0.11 },
];

/** The shore in front: meadow below it. */
const shore = (x: number) => 0.78 - 0.2 * smoothstep(0.75, 1.4, x) + 0.025 * Math.sin(9 * x);
const crown = (x: number) =>
  BANK -
  0.06 -
  0.1 * Math.abs(Math.sin(4.1 * x + 0.6)) -
  0.07 * Math.abs(Math.sin(9.7 * x + 2)) -
  0.14 * smoothstep(0.5, 0, x);

/** The colour of the boat at a place, if there is one. */
function boat(x: number, y: number): Rgb | undefined {
  for (const { x: bx, y: by, size } of boats) {
    const up = (by - y) / size;
    const side = (x - bx) / size;
    if (up > 0.04 && up < 1 && side > -0.34 * (1 - up) && side < 0.02) return sails(0.6 + 1.2 * side);
    if (up > 0.04 && up < 0.9 && side > 0.035 && side < 0.42 * (0.95 - up))
      return [1, 0.55 - 0.35 * up, 0.15];
    if (up > -0.07 && up <= 0.04 && Math.abs(side) < 0.42 + 0.8 * up) return [0.5, 0.05, 0.22];
  }
  return undefined;
}

function mirroredBoat(x: number, y: number): Rgb | undefined {
  for (const { y: by, size } of boats) {
    if (y < by || y > by + size) continue;
    const found = boat(x, 2 * by - y);
    if (found) return found;
  }
  return undefined;
}

function scene(random: Random): (x: number, y: number) => Rgb {
  const noise = fractal(gradientNoise(random), 3);
  const bank = (x: number, y: number): Rgb => {
    if (y < crown(x) + 0.018 * noise(24 * x, 24 * y)) {
      const cloud = smoothstep(0.05, 0.5, noise(3 * x, 7 * y));
      return blend(sky(y * 2 + 0.15 * noise(4 * x, 9 * y)), [1, 0.9, 0.8], 0.8 * cloud);
    }
    const lit = clamp(1 - (y - crown(x)) * 4) * (0.55 + 0.45 * Math.sin(13 * x + 1));
    return trees(0.2 + 0.65 * lit + 0.4 * noise(9 * x, 9 * y));
  };
  return (x, y) => {
    if (y > shore(x)) {
      const depth = (y - shore(x)) / (1 - shore(x));
      const bloom = noise(16 * x, 22 * y);
      if (bloom > 0.36)
        return accents[Math.floor(Math.abs(7 * noise(5 * x + 9, 5 * y)) * 5) % accents.length] as Rgb;
      const shadow = smoothstep(0.05, 0.35, noise(2.2 * x + 3, 8 * y));
      return grass(0.78 - 0.6 * shadow - 0.2 * depth + 0.3 * noise(10 * x, 14 * y));
    }
    const sailing = boat(x, y);
    if (sailing) return sailing;
    if (y < BANK) return bank(x, y);
    const ripple = 0.025 * noise(6 * x, 60 * y);
    const mirrored = mirroredBoat(x + ripple, y) ?? bank(x + ripple, Math.max(0, 2 * BANK - y));
    const glitter = smoothstep(0.25, 0.5, noise(5 * x + 7, 40 * y));
    const own = blend(water(0.4 + 0.55 * noise(4 * x, 28 * y)), [1, 0.85, 0.45], 0.8 * glitter);
    return blend(mirrored, own, mix(0.3, 0.7, clamp((y - BANK) * 3)));
  };
}

/** Divided colour: most dots keep near the local colour, the others are its light and its complement. */
function divide(color: Rgb, random: Random): Rgb {
  const lot = random.next();
  if (lot < 0.62) return vary(shift(color, 0, 0.25, 0), 0.3, random);
  if (lot < 0.79) return shift(color, 0.1, 0.4, 0.55);
  if (lot < 0.93) return shift(color, -0.1, 0.4, -0.6);
  return shift(color, 0.02, 0.1, Math.PI + random.between(-0.4, 0.4));
}

/** One touch of a round brush: a low dome of paint. Radius in pixels. */
function dot(canvas: Canvas, x: number, y: number, radius: number, color: Rgb): void {
  const { width, height, relief } = canvas;
  const [cx, cy] = [x * height, y * height];
  for (let j = Math.max(0, Math.floor(cy - radius)); j <= Math.min(height - 1, cy + radius); j++) {
    for (let k = Math.max(0, Math.floor(cx - radius)); k <= Math.min(width - 1, cx + radius); k++) {
      const far = Math.hypot(k + 0.5 - cx, j + 0.5 - cy);
      const cover = clamp(radius - far);
      if (cover === 0) continue;
      const i = j * width + k;
      canvas.cover(i, color, cover);
      const dome = 0.45 * radius * Math.sqrt(clamp(1.05 - (far / radius) ** 2));
      relief[i] = mix(relief[i] as number, 0.25 * (relief[i] as number) + dome, cover);
    }
  }
}

export const riverAfternoon: Style = {
  name: 'river-afternoon',
  title: 'Afternoon on the River',
  description:
    'Pointillism: sails, poplars and a flowering bank built of thousands of dots of divided colour.',
  seed: 1884,
  aspect: ASPECT,
  draw(canvas, random) {
    const look = scene(random);
    canvas.fill((x, y) => shift(look(x, y), -0.1, 0.1, 0));
    for (const [step, radius] of [
      [0.011, 11],
      [0.0078, 8],
      [0.0078, 5.6],
    ] as const) {
      for (const [x, y] of scatter(ASPECT, step, random)) {
        dot(canvas, x, y, radius * random.between(0.75, 1.15), divide(look(x, y), random));
      }
    }
    rake(canvas, { shade: 0.26, gloss: 0.1 });
  },
};
