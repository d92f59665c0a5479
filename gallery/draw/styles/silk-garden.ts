import { palette, type Rgb, ramp, shift } from '../color.ts';
import { rake } from '../light.ts';
import { bezier, mix, type Point, smoothstep, TAU, toSegment, wave } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import { bake, paintCoat, type Subject } from '../paint.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';

const ASPECT = 1;

const scarlet = ramp(palette('6a0a2a c8102e ff4a3a ff9a7a ffe0b0'));
const gold = ramp(palette('a8480a f09a1a ffd24a fff0a0'));
const rose = ramp(palette('8a0a6a e02a9a ff7ac0 ffd0e0'));
const violet = ramp(palette('2a0a6a 6a2ad0 a87af0 e0d0ff'));
const aqua = ramp(palette('0a4a6a 1a9ac0 6ae0e0 e0fff0'));
const leaf = ramp(palette('0a3a2a 1a7a3a 5ac03a d0f060'));
const cloth = ramp(palette('070b2a 0f1c5a 16408a 0b5a78'));

/** What is sewn at a place, in the half of the picture right of the axis. */
interface Stitch {
  readonly color: Rgb;
  readonly angle: number;
}

interface Flower {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly petals: number;
  readonly outer: (t: number) => Rgb;
  readonly inner: (t: number) => Rgb;
}
/** Places count from the axis of symmetry. */
const flowers: readonly Flower[] = [
  { x: 0, y: 0.34, radius: 0.19, petals: 10, outer: scarlet, inner: gold },
  { x: 0.29, y: 0.5, radius: 0.12, petals: 8, outer: rose, inner: aqua },
  { x: 0.25, y: 0.165, radius: 0.09, petals: 7, outer: violet, inner: gold },
  { x: 0, y: 0.66, radius: 0.1, petals: 8, outer: aqua, inner: scarlet },
  { x: 0.165, y: 0.74, radius: 0.075, petals: 6, outer: gold, inner: scarlet },
  { x: 0.38, y: 0.3, radius: 0.055, petals: 6, outer: gold, inner: violet },
  { x: 0.375, y: 0.7, radius: 0.06, petals: 6, outer: violet, inner: rose },
  { x: 0, y: 0.1, radius: 0.05, petals: 6, outer: rose, inner: gold },
];

const stems: readonly (readonly Point[])[] = (
  [
    [
      [0, 0.93],
      [0.01, 0.8],
      [-0.01, 0.6],
      [0, 0.4],
    ],
    [
      [0, 0.9],
      [0.16, 0.86],
      [0.16, 0.6],
      [0.29, 0.5],
    ],
    [
      [0, 0.9],
      [0.1, 0.9],
      [0.165, 0.86],
      [0.165, 0.75],
    ],
    [
      [0, 0.92],
      [0.3, 0.95],
      [0.36, 0.85],
      [0.375, 0.7],
    ],
    [
      [0.06, 0.5],
      [0.2, 0.44],
      [0.12, 0.28],
      [0.25, 0.165],
    ],
    [
      [0.15, 0.4],
      [0.28, 0.38],
      [0.33, 0.38],
      [0.38, 0.3],
    ],
    [
      [0, 0.3],
      [0.01, 0.25],
      [-0.01, 0.15],
      [0, 0.1],
    ],
  ] as const
).map((controls) => bezier(controls, 14));

/** Leaves in pairs along the stems: foot, direction, length. */
const leaves = stems.flatMap((stem) =>
  [4, 7, 10].flatMap((i, n) => {
    const [a, b] = [stem[i] as Point, stem[i + 1] as Point];
    const along = Math.atan2(b[1] - a[1], b[0] - a[0]);
    return [-1, 1].map((side) => ({ foot: a, angle: along + side * 0.85, length: 0.105 - 0.012 * n }));
  }),
);

function sewFlower({ x, y, radius, petals, outer, inner }: Flower, u: number, v: number): Stitch | undefined {
  const d = Math.hypot(u - x, v - y) / radius;
  const angle = Math.atan2(v - y, u - x);
  const lobe = wave((angle / TAU) * petals);
  if (d > 0.8 + 0.22 * lobe ** 0.6) return undefined;
  if (d < 0.16) return { color: gold(0.3 + 4 * d), angle: angle + Math.PI / 2 };
  if (d < 0.24) return { color: cloth(0), angle };
  const half = wave((angle / TAU) * petals + 0.5);
  if (d < 0.42 + 0.14 * half ** 0.6) return { color: inner(0.1 + 1.5 * (d - 0.24) + 0.3 * half), angle };
  const gap = smoothstep(0.03, 0.12, lobe);
  return {
    color: outer(gap * (0.82 - 0.85 * (d - 0.4)) - 0.15 + 0.25 * lobe),
    angle: angle + 0.5 * (lobe - 0.5),
  };
}

function sewLeaf(u: number, v: number): Stitch | undefined {
  for (const { foot, angle, length } of leaves) {
    const along = ((u - foot[0]) * Math.cos(angle) + (v - foot[1]) * Math.sin(angle)) / length;
    const side = ((v - foot[1]) * Math.cos(angle) - (u - foot[0]) * Math.sin(angle)) / length;
    if (along < 0 || along > 1) continue;
    const half = 0.27 * Math.sin(Math.PI * along ** 0.8);
    if (Math.abs(side) > half) continue;
    if (Math.abs(side) < 0.025) return { color: gold(0.5), angle };
    return {
      color: leaf((side > 0 ? 0.35 : 0.75) + 0.3 * along - 0.5 * (Math.abs(side) / half) ** 3),
      angle: angle + Math.sign(side) * 0.75,
    };
  }
  return undefined;
}

/** A bird that faces the axis. */
function sewBird(u: number, v: number): Stitch | undefined {
  const [x, y] = [(u - 0.315) / 0.082, (v - 0.868) / 0.082];
  const head = Math.hypot(x + 0.75, y + 0.62);
  if (Math.hypot(x + 0.82, y + 0.68) < 0.07) return { color: [0.03, 0.03, 0.1], angle: 0 };
  if (x < -0.98 && x > -1.35 && Math.abs(y + 0.6) < 0.35 * (x + 1.35)) return { color: gold(0.6), angle: 0 };
  if (head < 0.34) return { color: aqua(0.9 - head), angle: Math.atan2(y + 0.62, x + 0.75) + Math.PI / 2 };
  const wing = Math.hypot((x - 0.12) / 0.62, (y + 0.08 + 0.25 * x) / 0.34);
  if (wing < 1)
    return {
      color: wave(2.6 * x - 0.9 * y) > 0.45 ? gold(0.95 - 0.4 * wing) : scarlet(0.4),
      angle: 0.9 - 0.6 * y,
    };
  const body = Math.hypot(x / 0.92, (y - 0.05 + 0.3 * x) / 0.52);
  if (body < 1) return { color: aqua(0.75 - 0.6 * body + 0.3 * y), angle: -0.3 + 0.7 * y };
  if (x > 0.6 && x < 1.75 && Math.abs(y + 0.42 * x - 0.02) < 0.16 + 0.28 * (x - 0.6)) {
    const plume = (y + 0.42 * x) / (0.3 + x);
    return { color: wave(6 * plume) > 0.5 ? violet(0.6) : rose(0.5), angle: -0.4 + 1.2 * plume };
  }
  return undefined;
}

function sewBorder(u: number, v: number): Stitch | undefined {
  const inset = Math.min(0.5 - u, v, 1 - v);
  if (inset > 0.062) return undefined;
  const upright = 0.5 - u === inset;
  const along = (upright ? v : u) / 0.0588;
  const rest = upright ? 0 : Math.PI / 2;
  if (inset < 0.01 || inset > 0.052) return { color: gold(0.35 + 0.5 * wave(8 * along)), angle: rest + 0.6 };
  const point = Math.abs(along - Math.floor(along) - 0.5) * 2;
  const tooth = Math.abs((inset - 0.031) / 0.021);
  if (point + tooth < 0.42) return { color: gold(0.9), angle: rest };
  if (point + tooth < 0.95)
    return { color: Math.floor(along) % 2 ? scarlet(0.5) : aqua(0.5), angle: rest + 0.8 };
  return { color: leaf(0.35), angle: rest - 0.8 };
}

function subject(random: Random): Subject {
  const noise = fractal(gradientNoise(random), 3);
  const sew = (u: number, v: number): Stitch => {
    const border = sewBorder(u, v);
    if (border) return border;
    const bird = sewBird(u, v);
    if (bird) return bird;
    for (const flower of flowers) {
      const stitch = sewFlower(flower, u, v);
      if (stitch) return stitch;
    }
    const blade = sewLeaf(u, v);
    if (blade) return blade;
    for (const stem of stems) {
      for (let i = 1; i < stem.length; i++) {
        const [a, b] = [stem[i - 1] as Point, stem[i] as Point];
        if (toSegment([u, v], a, b).distance < 0.007)
          return { color: leaf(0.7), angle: Math.atan2(b[1] - a[1], b[0] - a[0]) };
      }
    }
    let near = 1;
    let around = 0;
    for (const { x, y, radius } of flowers) {
      const d = Math.hypot(u - x, v - y) - radius;
      if (d < near) {
        near = d;
        around = Math.atan2(v - y, u - x) + Math.PI / 2;
      }
    }
    return { color: cloth(0.62 * wave(near * 21) + 0.25 + 0.3 * noise(4 * u, 4 * v)), angle: around };
  };
  const at = (x: number, y: number) => sew(Math.abs(x - ASPECT / 2), y);
  const angle = (x: number, y: number) => (x < ASPECT / 2 ? Math.PI - at(x, y).angle : at(x, y).angle);
  return {
    angle,
    color(x, y) {
      // Silk shines where its threads lie across the light.
      const sheen = Math.cos(angle(x, y) - 2.2) ** 2;
      return shift(at(x, y).color, mix(-0.07, 0.09, sheen), 0, 0);
    },
  };
}

export const silkGarden: Style = {
  name: 'silk-garden',
  title: 'Silk Garden',
  description:
    'Satin-stitch embroidery on midnight cloth: mirrored blossoms, leaves and birds in gleaming silk threads.',
  seed: 1756,
  aspect: ASPECT,
  draw(canvas, random) {
    const garden = bake(subject(random), ASPECT);
    canvas.fill((x, y) => shift(garden.color(x, y), -0.15, 0, 0));
    const thread = {
      width: 0.0085,
      bristles: 3,
      contrast: 0.55,
      body: 6,
      rim: -0.9,
      dryness: 0,
      roundness: 1,
      opacity: 1,
    };
    const coat = { stray: 0.2, sway: 0.07, loyalty: 0.2 };
    paintCoat(canvas, garden, { ...coat, brush: thread, length: 0.06, spacing: 0.9 }, random);
    paintCoat(
      canvas,
      garden,
      { ...coat, brush: { ...thread, width: 0.0065 }, length: 0.045, spacing: 1.1 },
      random,
    );
    rake(canvas, { shade: 0.3, gloss: 0.12 });
  },
};
