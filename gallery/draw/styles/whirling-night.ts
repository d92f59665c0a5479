import { blend, palette, type Rgb, ramp } from '../color.ts';
import { rake } from '../light.ts';
import { arch, clamp, mix, smoothstep, TAU, wave } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import { paintCoat, type Subject } from '../paint.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';

const ASPECT = 4 / 3;

const sky = ramp(palette('080f38 10206a 17389a 2059bd 3f8fd6 8ccbe0 d8ecd0'));
const glow = ramp(palette('fffbe0 fff09a fdc52c f59a1c ffe58a 8fc4a0 3f83c4 1b3f9c'));
const hills = ramp(palette('0b1d3f 14406b 1f6a86 3d9a8f 16305e'));
const fields = ramp(palette('0a2a2f 1c5a4a 4f9152 a6b94e 123a44'));
const tree = ramp(palette('060d14 12261f 2a4a24 5c5a22 0a1a1c'));
const windows = palette('ffd24a ff9d2e fff0a8');

interface Swirl {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Sense and strength of the turn. */
  readonly spin: number;
}
const swirls: readonly Swirl[] = [
  { x: 0.6, y: 0.33, radius: 0.2, spin: 1.5 },
  { x: 0.86, y: 0.48, radius: 0.13, spin: -1.2 },
  { x: 0.3, y: 0.52, radius: 0.1, spin: -0.8 },
];
const stars: readonly Swirl[] = [
  { x: 1.14, y: 0.19, radius: 0.18, spin: 2.6 },
  { x: 0.36, y: 0.12, radius: 0.085, spin: 2.2 },
  { x: 0.8, y: 0.1, radius: 0.075, spin: -2.2 },
  { x: 1.2, y: 0.5, radius: 0.075, spin: 2.2 },
  { x: 0.05, y: 0.3, radius: 0.085, spin: 2.2 },
  { x: 0.44, y: 0.57, radius: 0.045, spin: 2 },
  { x: 1.0, y: 0.36, radius: 0.04, spin: -2 },
];

/** Stream function of the night wind: its level lines are the paths of the brush. */
function stream(x: number, y: number): number {
  let sum = y + 0.035 * Math.sin(5.2 * x + 1.2) + 0.02 * Math.sin(11 * x + 7 * y);
  for (const s of swirls)
    sum += s.spin * s.radius * Math.exp(-(((x - s.x) ** 2 + (y - s.y) ** 2) / s.radius ** 2));
  for (const s of stars)
    sum += s.spin * s.radius * Math.exp(-(((x - s.x) ** 2 + (y - s.y) ** 2) / s.radius ** 2));
  return sum;
}

const farRidge = (x: number) => 0.7 + 0.05 * Math.sin(3.1 * x + 0.4) + 0.025 * Math.sin(8.3 * x);
const nearRidge = (x: number) => 0.83 - 0.05 * Math.sin(2.6 * x + 0.9) + 0.015 * Math.sin(13 * x);
const treeHalfWidth = (y: number) =>
  0.085 * smoothstep(0.08, 0.8, y) ** 0.8 * (0.8 + 0.3 * Math.sin(17 * y) + 0.12 * Math.sin(41 * y + 1));
const treeAxis = (y: number) => 0.185 + 0.02 * Math.sin(7 * y);

function subject(random: Random): Subject {
  const noise = fractal(gradientNoise(random), 3);
  const inTree = (x: number, y: number) => y > 0.1 && Math.abs(x - treeAxis(y)) < treeHalfWidth(y);

  const skyColor = (x: number, y: number): Rgb => {
    const phase = 2.75 * stream(x, y) + 0.18 * noise(4 * x, 4 * y);
    let value = wave(phase);
    for (const s of swirls) {
      const far = ((x - s.x) ** 2 + (y - s.y) ** 2) / s.radius ** 2;
      const turn = (Math.sign(s.spin) * Math.atan2(y - s.y, x - s.x)) / TAU;
      value = mix(value, wave(phase + turn + 0.8 * Math.sqrt(far)), Math.exp(-0.4 * far));
    }
    let color = sky(0.06 + value * 0.82 + 0.16 * noise(9 * x, 9 * y));
    for (const s of stars) {
      const d = Math.hypot(x - s.x, y - s.y) / s.radius;
      if (d > 1.5) continue;
      const rings = d + 0.1 * Math.sin(17 * d + 2 * Math.atan2(y - s.y, x - s.x));
      color = blend(glow(rings / 1.3), color, smoothstep(0.9, 1.5, d));
    }
    return color;
  };

  return {
    color(x, y) {
      if (inTree(x, y)) return tree(0.5 + 0.5 * Math.sin(70 * (x - treeAxis(y)) + 5 * noise(6 * x, 3 * y)));
      if (y < farRidge(x)) return skyColor(x, y);
      if (y < nearRidge(x)) return hills(clamp(arch((y - farRidge(x)) * 7 + 0.4 * noise(5 * x, 5 * y))));
      return fields(clamp(arch((y - nearRidge(x)) * 8 + 2 * x + 0.6 * noise(4 * x, 9 * y))));
    },
    angle(x, y) {
      const e = 0.004;
      if (inTree(x, y)) return -Math.PI / 2 + 0.6 * Math.sin(22 * y + 14 * x);
      if (y < farRidge(x)) {
        return Math.atan2(-(stream(x + e, y) - stream(x - e, y)), stream(x, y + e) - stream(x, y - e));
      }
      const ridge = y < nearRidge(x) ? farRidge : nearRidge;
      return Math.atan2(ridge(x + e) - ridge(x - e), 2 * e) + 0.3 * noise(3 * x, 6 * y);
    },
  };
}

/** Lit windows between the hills, as small dabs. */
function village(random: Random): Subject & { near(x: number, y: number): boolean } {
  const lights = Array.from({ length: 26 }, () => {
    const x = random.between(0.36, 1.3);
    return [x, nearRidge(x) - random.between(0.005, 0.06)] as const;
  });
  return {
    near: (x, y) => lights.some(([lx, ly]) => Math.abs(x - lx) < 0.008 && Math.abs(y - ly) < 0.011),
    color: () => random.pick(windows),
    angle: () => Math.PI / 2,
  };
}

export const whirlingNight: Style = {
  name: 'whirling-night',
  title: 'Whirling Night',
  description:
    'Thick oil strokes in night blues and lamp yellow, swirling around stars over a sleeping valley.',
  seed: 1889,
  aspect: ASPECT,
  draw(canvas, random) {
    const night = subject(random);
    canvas.fill(night.color);
    const brush = { contrast: 0.7, dryness: 0.35, rim: 0.5, roundness: 0.8, opacity: 1 };
    const coat = { stray: 0.3, sway: 0.08 };
    paintCoat(
      canvas,
      night,
      {
        ...coat,
        brush: { ...brush, width: 0.04, bristles: 16, body: 5 },
        length: 0.2,
        spacing: 0.55,
        loyalty: 0.5,
      },
      random,
    );
    paintCoat(
      canvas,
      night,
      {
        ...coat,
        brush: { ...brush, width: 0.021, bristles: 9, body: 6 },
        length: 0.13,
        spacing: 0.8,
        loyalty: 0.25,
      },
      random,
    );
    paintCoat(
      canvas,
      night,
      {
        ...coat,
        stray: 0.45,
        brush: { ...brush, width: 0.011, bristles: 5, body: 6 },
        length: 0.075,
        spacing: 1.7,
        loyalty: 0.25,
      },
      random,
    );
    const lights = village(random);
    paintCoat(
      canvas,
      lights,
      {
        ...coat,
        brush: { ...brush, width: 0.012, bristles: 5, body: 8 },
        length: 0.022,
        spacing: 0.5,
        loyalty: 1,
        where: lights.near,
      },
      random,
    );
    rake(canvas, { shade: 0.34, gloss: 0.1 });
  },
};
