import { blend, palette, ramp } from '../color.ts';
import { rake } from '../light.ts';
import { arch, mix, type Point, smoothstep, wave } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import { paintCoat, type Subject } from '../paint.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';

const sky = ramp(palette('7a0c12 c81e12 f0501a fb8a1e ffc83a fff0a0 fba224 e03a14 8f1220'));
const water = ramp(palette('050b24 0a1a48 12357a 1d5f9c 49a3b8 a8dcd0'));
const shore = ramp(palette('07101f 0f2a3c 1c4a4a 3f6a3a 8a7a2c 130f24'));
const planks = ramp(palette('2a0e12 6a2418 a8481e dc8a34 f2c26a 4a1a22'));
const rail = ramp(palette('12060c 3a1216 7c2c18 1a0a14'));

/** The sun stands in the eye of the whirl that it makes in the sky. */
const SUN: Point = [0.395, 0.36];

/** Height of the waterline and of the dark shore above it. */
const waterline = (x: number) => 0.56 + 0.012 * Math.sin(9 * x);
const shoreline = (x: number) =>
  waterline(x) - 0.03 - 0.1 * smoothstep(0.35, 1.15, x) * (0.75 + 0.25 * Math.sin(8 * x));

/** Stream function of the sky's heavy waves; the sun bends the waves around it. */
function heat(x: number, y: number): number {
  const swell = 0.06 * Math.sin(4.6 * x + 5 * y) + 0.03 * Math.sin(10 * x - 9 * y + 1);
  const sun = 0.2 * Math.exp(-((x - 0.42) ** 2 + (y - 0.3) ** 2) / 0.03);
  return y + swell + sun;
}

/** Stream function of the inlet, which winds around a whirl. */
function tide(x: number, y: number): number {
  return (
    y + 0.03 * Math.sin(7 * x + 6 * y) + 0.17 * Math.exp(-((x - 0.95) ** 2 + 2 * (y - 0.72) ** 2) / 0.02)
  );
}

/** The pier runs from the lower left to a vanishing point on the waterline. */
const pierX = (y: number, side: number) => mix(0.56, side, (y - 0.57) / 0.43);
const onPier = (x: number, y: number) => y > 0.585 && x > pierX(y, -0.5) && x < pierX(y, 0.3);
const onRail = (x: number, y: number) => {
  if (y < 0.56) return false;
  const near = (y - 0.55) / 0.43;
  const band = (low: number) => Math.abs(x - pierX(y + low, 0.32)) < 0.007 + 0.016 * near;
  return band(0) || band(0.055 * near + 0.02) || band(0.14 * near + 0.03);
};

function subject(random: Random): Subject {
  const noise = fractal(gradientNoise(random), 3);
  const along = (stream: (x: number, y: number) => number, x: number, y: number) => {
    const e = 0.004;
    return Math.atan2(-(stream(x + e, y) - stream(x - e, y)), stream(x, y + e) - stream(x, y - e));
  };
  return {
    color(x, y) {
      if (onRail(x, y)) return rail(0.5 + 0.7 * noise(20 * x, 20 * y));
      if (onPier(x, y)) {
        const board = (x - 0.56) / (y - 0.56);
        return planks(arch(2.2 * board) * 0.85 + 0.25 * noise(9 * board, 5 * y));
      }
      if (y > waterline(x)) {
        const glow =
          smoothstep(0.3, 0.02, Math.abs(x - 0.5 - 0.2 * (y - 0.56))) *
          (0.5 + 0.5 * Math.sin(75 * tide(x, y)));
        const deep = water(wave(5 * tide(x, y) + 0.2 * noise(4 * x, 8 * y)) * 0.9);
        return blend(deep, sky(0.35 + 0.3 * noise(5 * x, 20 * y)), 0.85 * glow);
      }
      if (y > shoreline(x)) return shore(0.45 + 0.6 * noise(6 * x, 14 * y));
      const sun = Math.hypot(x - SUN[0], y - SUN[1]);
      const bands = sky(
        arch(2.9 * heat(x, y) + 0.16 * noise(3 * x, 7 * y)) * 0.92 + 0.12 * noise(8 * x, 16 * y),
      );
      const cold = blend(
        bands,
        [0.16, 0.3, 0.5],
        smoothstep(0.25, 0.5, noise(1.6 * x + 4, 7 * heat(x, y))) * 0.85,
      );
      return blend([1, 0.97, 0.72], cold, smoothstep(0.05, 0.1, sun));
    },
    angle(x, y) {
      if (onRail(x, y) || onPier(x, y)) return Math.atan2(y - 0.56, x - 0.56);
      if (y > waterline(x)) return along(tide, x, y);
      if (y > shoreline(x)) return -0.35 + 0.8 * noise(4 * x, 4 * y);
      return along(heat, x, y);
    },
  };
}

export const burningSky: Style = {
  name: 'burning-sky',
  title: 'Burning Sky',
  description: 'Long molten bands of red, orange and gold rolling over a dark inlet and a wooden pier.',
  seed: 1893,
  aspect: 1,
  draw(canvas, random) {
    const evening = subject(random);
    canvas.fill(evening.color);
    const brush = { contrast: 0.75, dryness: 0.6, rim: 0.5, roundness: 0.9, opacity: 1 };
    const coat = { stray: 0.22, sway: 0.05 };
    paintCoat(
      canvas,
      evening,
      {
        ...coat,
        brush: { ...brush, width: 0.045, bristles: 20, body: 4 },
        length: 0.5,
        spacing: 1,
        loyalty: 0.55,
      },
      random,
    );
    paintCoat(
      canvas,
      evening,
      {
        ...coat,
        brush: { ...brush, width: 0.024, bristles: 12, body: 5 },
        length: 0.36,
        spacing: 1.3,
        loyalty: 0.3,
      },
      random,
    );
    paintCoat(
      canvas,
      evening,
      {
        ...coat,
        stray: 0.35,
        brush: { ...brush, width: 0.01, bristles: 5, body: 6 },
        length: 0.2,
        spacing: 2.2,
        loyalty: 0.22,
      },
      random,
    );
    rake(canvas, { shade: 0.3, gloss: 0.08 });
  },
};
