import { tessellate } from '../cells.ts';
import { blend, palette, type Rgb, ramp, shift, vary } from '../color.ts';
import { rake } from '../light.ts';
import { clamp, smoothstep, TAU } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import type { Style } from '../style.ts';

const ASPECT = 3 / 4;
const SUN = { x: 0.375, y: 0.32 };

const sky = ramp(palette('ffe27a 7fd0e8 2a8fe0 1a4fd0 2a22a8 4a1a9a 1a1470'));
const greens = ramp(palette('0c4a3a 128a4a 5abf3a c8d83a'));
const water = ramp(palette('0a4a9a 16a0d0 a8f0f0 e8fff0'));
const frame = palette('c8102a 1638b0 f0b020 0a7a5a');
const petals = palette('e0122a f03a1a ff7a1a d81878 f8c02a b01ad0');

interface Rose {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly color: Rgb;
}
const roses: readonly Rose[] = (
  [
    [0.16, 0.81, 0.095, 0],
    [0.375, 0.86, 0.1, 2],
    [0.59, 0.8, 0.095, 3],
    [0.27, 0.69, 0.06, 4],
    [0.49, 0.69, 0.065, 1],
    [0.13, 0.63, 0.048, 3],
    [0.635, 0.64, 0.048, 0],
  ] as const
).map(([x, y, radius, color]) => ({ x, y, radius, color: petals[color] as Rgb }));

const hillA = (x: number) => 0.55 + 0.05 * Math.sin(7 * x + 0.6);
const hillB = (x: number) => 0.63 + 0.06 * Math.sin(5 * x + 3);
const riverX = (y: number) => 0.375 + 0.12 * Math.sin(11 * y) * (y - 0.4);

/** What is at a place: which shape of the cartoon, its colour, and the direction of its panes. */
function look(x: number, y: number): { part: number; color: Rgb; angle: number } {
  const inset = Math.min(x, ASPECT - x, y, 1 - y);
  if (inset < 0.045) {
    const upright = x === inset || ASPECT - x === inset;
    const around = Math.floor((upright ? y : x) / 0.0625);
    return { part: 1000 + around, color: frame[around & 3] as Rgb, angle: upright ? Math.PI / 2 : 0 };
  }
  for (const [k, rose] of roses.entries()) {
    const d = Math.hypot(x - rose.x, y - rose.y) / rose.radius;
    if (d > 1.12) continue;
    const turn = (Math.atan2(y - rose.y, x - rose.x) / TAU + 0.5 + 0.07 * k) % 1;
    const part = 100 * (k + 1);
    if (d < 0.27) return { part, color: [1, 0.85, 0.25], angle: 0 };
    const inner = Math.floor(turn * 5);
    const outer = Math.floor(turn * 7);
    if (d < 0.62)
      return { part: part + 10 + inner, color: shift(rose.color, 0.1, 0, 0.12), angle: TAU * turn };
    const scallop = 0.98 + 0.1 * Math.abs(Math.sin(Math.PI * turn * 7));
    if (d < scallop)
      return { part: part + 20 + outer, color: shift(rose.color, -0.05, 0, -0.05), angle: TAU * turn };
  }
  const dx = x - SUN.x;
  const dy = y - SUN.y;
  const d = Math.hypot(dx, dy);
  const turn = Math.atan2(dy, dx) / TAU + 0.5;
  if (y > hillA(x)) {
    if (Math.abs(x - riverX(y)) < 0.025 + 0.2 * (y - 0.5) && y < 0.78) {
      return { part: 5, color: water(0.25 + 1.5 * Math.abs(x - riverX(y)) + 1.2 * (0.72 - y)), angle: 0 };
    }
    const near = y > hillB(x);
    return {
      part: near ? 7 : 6,
      color: greens(near ? 0.15 + 0.5 * (1 - y) + 0.4 * Math.sin(30 * x) ** 2 : 0.75),
      angle: 0.3 * Math.sin(7 * x),
    };
  }
  if (d < 0.085) return { part: 1, color: [1, 0.93, 0.55], angle: TAU * turn };
  if (d < 0.135) return { part: 20 + Math.floor(turn * 12), color: [1, 0.66, 0.1], angle: TAU * turn };
  const ray = 1 - 2 * Math.abs(((turn * 16) % 1) - 0.5);
  if (d < 0.15 + 0.14 * ray)
    return {
      part: 40 + Math.floor(turn * 16),
      color: (turn * 16) % 2 < 1 ? [0.94, 0.22, 0.1] : [1, 0.8, 0.2],
      angle: TAU * turn,
    };
  const beam = Math.floor(turn * 32) % 2;
  return {
    part: 60 + Math.floor(turn * 32),
    color: sky(0.08 + 1.35 * (d - 0.15) + 0.16 * beam),
    angle: TAU * turn,
  };
}

export const roseGardenWindow: Style = {
  name: 'rose-garden-window',
  title: 'Rose Garden Window',
  description:
    'Stained glass: a sun rising over a river and roses, jewel-coloured panes glowing between lead lines.',
  seed: 1145,
  aspect: ASPECT,
  draw(canvas, random) {
    const noise = fractal(gradientNoise(random), 4);
    const { width, height, relief } = canvas;
    const { cells, owner, edge } = tessellate(
      width,
      height,
      {
        spacing: 0.046,
        stretch: 1.7,
        square: false,
        part: (x, y) => look(x, y).part,
        angle: (x, y) => look(x, y).angle,
      },
      random,
    );
    const glass = cells.map(({ x, y }) => vary(look(x, y).color, 0.42, random));
    const wash = cells.map((cell) => [cell.angle + random.normal(), random.between(-50, 50)] as const);
    canvas.each((i, x, y) => {
      const cell = owner[i] as number;
      const [grain, offset] = wash[cell] as readonly [number, number];
      const u = x * Math.cos(grain) + y * Math.sin(grain);
      const v = y * Math.cos(grain) - x * Math.sin(grain);
      const streak = noise(9 * u + offset, 55 * v);
      const cloud = noise(12 * x + offset, 12 * y);
      const inside = edge[i] as number;
      const glow = smoothstep(0, 26, inside);
      const base = glass[cell] as Rgb;
      const lit = shift(base, -0.13 + 0.17 * glow + 0.075 * streak + 0.06 * cloud, 0.05, 0.12 * cloud);
      const halo = 0.3 * Math.exp(-9 * Math.hypot(x - SUN.x, y - SUN.y)) * (0.6 + 0.4 * streak);
      const bright = blend(lit, [1, 0.97, 0.8], clamp(halo));
      const lead = smoothstep(6.2, 4.4, inside + 1.2 * noise(40 * x, 40 * y));
      const seam = 0.06 + 0.1 * clamp(1 - inside / 5);
      canvas.cover(i, bright, 1);
      canvas.cover(i, [seam, seam, seam + 0.02], lead);
      relief[i] =
        lead * 9 * Math.sqrt(clamp(1 - (inside / 7) ** 2)) +
        (1 - lead) * (1.6 * streak + 1.4 * noise(30 * x, 30 * y));
    });
    rake(canvas, { shade: 0.3, gloss: 0.2 });
  },
};
