import { hex, type Rgb } from '../color.ts';
import { rake } from '../light.ts';
import { arch, clamp, mix, type Point, points, smoothstep, TAU, toSegment } from '../math.ts';
import { fractal, gradientNoise, type Noise } from '../noise.ts';
import type { Style } from '../style.ts';

const ASPECT = 3 / 4;
const SUN: Point = [0.5, 0.3];
const LAKE = 0.64;

const paper = hex('f6e6c0');
const vermilion = hex('e0341a');
const ochre = hex('f5a623');
const teal = hex('0f7a86');
const black = hex('14121c');

/** Ink left by a row of gouge cuts: 1 on the ridges, 0 in the cuts; `tone` is the share that is inked, 0…1. */
function cuts(phase: number, tone: number): number {
  return smoothstep(-0.08, 0.08, tone - arch(phase));
}

const peak = (x: number) =>
  0.6 -
  0.34 * Math.max(0, 1 - Math.abs(x - 0.2) / 0.3) -
  0.2 * Math.max(0, 1 - Math.abs(x - 0.62) / 0.24) +
  0.012 * Math.sin(37 * x) +
  0.008 * Math.sin(91 * x);
const foothill = (x: number) => 0.58 + 0.022 * Math.sin(11 * x + 1);

/** Spruces on the far shore: the distance their outline stands above the waterline. */
function spruce(x: number): number {
  let tallest = 0;
  for (let k = -1; k < 17; k++) {
    const middle = 0.048 * k + 0.012 * Math.sin(k * 7.3);
    const tall = 0.085 + 0.035 * Math.sin(k * 3.7);
    const rise = 1 - Math.abs(x - middle) / 0.03;
    if (rise > 0) tallest = Math.max(tallest, tall * Math.min(1, rise));
  }
  return tallest;
}

const trunk: readonly (readonly [Point, number])[] = [
  [[0.72, 1.04], 0.06],
  [[0.66, 0.86], 0.046],
  [[0.69, 0.72], 0.036],
  [[0.61, 0.56], 0.03],
  [[0.62, 0.4], 0.022],
  [[0.54, 0.24], 0.015],
  [[0.5, 0.15], 0.007],
];
/** Foot and tip of each branch. */
const branches = [
  '0.67,0.8 0.44,0.71',
  '0.63,0.58 0.36,0.52',
  '0.62,0.5 0.78,0.41',
  '0.59,0.35 0.36,0.33',
  '0.57,0.3 0.73,0.2',
  '0.53,0.22 0.36,0.14',
].map((line) => points(line) as [Point, Point]);
/** Pads of needles: middle and half width. */
const pads: readonly (readonly [number, number, number])[] = [
  [0.42, 0.68, 0.11],
  [0.33, 0.49, 0.12],
  [0.74, 0.38, 0.1],
  [0.35, 0.3, 0.1],
  [0.71, 0.17, 0.09],
  [0.36, 0.12, 0.085],
  [0.52, 0.1, 0.1],
];

interface Timber {
  /** Distance inside the outline as a share of the half width, 0…1. */
  readonly depth: number;
  /** Place along the tree, and from its left to its right side (−1…1). */
  readonly along: number;
  readonly across: number;
}

/** The trunk or branch of the pine at a place, if there is one. */
function wood(x: number, y: number): Timber | undefined {
  let deepest: Timber | undefined;
  const propose = (timber: Timber) => {
    if (timber.depth > (deepest?.depth ?? 0)) deepest = timber;
  };
  for (let k = 1; k < trunk.length; k++) {
    const [from, wide] = trunk[k - 1] as readonly [Point, number];
    const [to, thin] = trunk[k] as readonly [Point, number];
    const { distance, along } = toSegment([x, y], from, to);
    const half = mix(wide, thin, along);
    propose({
      depth: 1 - distance / half,
      along: k + along,
      across: (x - mix(from[0], to[0], along)) / half,
    });
  }
  for (const [from, to] of branches) {
    const { distance, along } = toSegment([x, y + 0.012 * Math.sin(30 * x)], from, to);
    propose({ depth: 1 - distance / mix(0.013, 0.004, along), along, across: 0 });
  }
  return deepest;
}

/** Share of the key block's ink in the needles of the pine, or undefined outside them. */
function needles(x: number, y: number, noise: Noise): number | undefined {
  for (const [k, [px, py, size]] of pads.entries()) {
    const u = (x - px) / size;
    const v = (y - py) / (0.5 * size);
    const rim = 1 + 0.16 * Math.sin(14 * Math.atan2(v, u) + k) + 0.12 * noise(30 * x, 30 * y);
    const d = Math.hypot(u, v);
    if (d > rim) continue;
    const fan = Math.atan2(v + 1.3, u);
    return cuts(
      fan * 13 + 0.4 * noise(14 * x, 14 * y),
      0.35 + 0.5 * smoothstep(-0.8, 0.8, v) + 0.25 * noise(22 * x, 22 * y),
    );
  }
  return undefined;
}

/** Inked shares (0…1) of the four blocks at a place. */
interface Blocks {
  readonly ochre: number;
  readonly red: number;
  readonly teal: number;
  readonly key: number;
}

function lake(x: number, y: number, hand: number, noise: Noise): Blocks {
  const near = (y - LAKE) / (1 - LAKE);
  const rows = 34 * (y - LAKE) ** 0.62 + 0.35 * Math.sin(9 * x + 14 * y) + 3 * hand * near;
  const gleam = smoothstep(0.17, 0.02, Math.abs(x - SUN[0] + 0.02 * Math.sin(60 * y)));
  const shade = spruce(x) * 1.3 > y - LAKE ? 0.4 : 0;
  const tone = 0.28 + 0.35 * near + shade - 0.25 * gleam + 0.35 * noise(5 * x, 9 * y);
  return {
    ochre: gleam,
    red: gleam * cuts(rows + 0.5, 0.55),
    teal: (1 - gleam) * cuts(rows + 0.3, 0.88),
    key: cuts(rows + 0.5 * noise(6 * x, 3 * y), tone),
  };
}

function mountain(x: number, y: number, hand: number, noise: Noise): Blocks {
  const shaded = peak(x + 0.01) > peak(x - 0.01);
  const down = y - peak(x);
  const snow = down < 0.07 + 0.05 * noise(18 * x, 6 * y);
  const hatch = 30 * (x * (shaded ? 1.15 : -1.15) + 0.8 * y) + 2.5 * hand;
  const tone = (shaded ? 0.72 : 0.2) - (snow ? 0.4 : 0) + 0.3 * down + 0.3 * noise(9 * x, 9 * y);
  const outline = smoothstep(0.006, 0.003, down);
  return {
    ochre: snow ? 0 : 0.15,
    red: snow && !shaded ? cuts(hatch + 0.4, 0.2) : 0,
    teal: snow ? (shaded ? cuts(hatch, 0.55) : 0) : 1,
    key: cuts(hatch, tone) * smoothstep(0, 0.004, down) + outline,
  };
}

function sky(x: number, y: number, hand: number, noise: Noise): Blocks {
  const [dx, dy] = [x - SUN[0], y - SUN[1]];
  const d = Math.hypot(dx, dy);
  if (d < 0.115) {
    const rim = smoothstep(0.004, 0.002, Math.abs(d - 0.113));
    return { ochre: 1, red: cuts(32 * d + hand, 0.3 + 2.6 * d), teal: 0, key: rim };
  }
  const rays = (46 * Math.atan2(dy, dx)) / TAU + 2.2 * hand + 0.25 * Math.sin(20 * d);
  const cloud = noise(3 * x + 3, 13 * y);
  const banks = smoothstep(0.16, 0.2, cloud);
  const fine = cuts(rays * 2, 0.9 * d - 0.28 + 0.25 * noise(6 * x, 6 * y));
  return {
    ochre: clamp(1.5 - 2.2 * d) * (1 - banks) + 0.25,
    red: (1 - banks) * cuts(rays, 0.12 + 1.5 * d) + banks * 0.35 * cuts(44 * y + hand, 0.4),
    teal: banks * cuts(30 * y + 3 * cloud + hand, 0.42),
    key: smoothstep(0.035, 0.02, Math.abs(cloud - 0.18)) + fine * (1 - banks),
  };
}

function carve(x: number, y: number, noise: Noise): Blocks {
  const hand = 0.16 * noise(13 * x, 13 * y);
  const timber = wood(x, y);
  if (timber) {
    const tone = 0.45 + 0.45 * timber.across + 0.4 * noise(30 * x, 12 * y);
    const bark = cuts(5.5 * timber.along + 2.6 * timber.across + 2 * hand, tone);
    return { ochre: 0.9, red: timber.across < 0 ? 0.75 : 0, teal: 0, key: timber.depth < 0.2 ? 1 : bark };
  }
  const needle = needles(x, y, noise);
  if (needle !== undefined) return { ochre: 0.25, red: 0, teal: 1, key: needle };
  if (y > LAKE) return lake(x, y, hand, noise);
  if (LAKE - y < spruce(x)) {
    const boughs = 46 * (y + 0.042 * Math.abs(arch(x / 0.048) - 0.5)) + hand;
    return { ochre: 0, red: 0, teal: 1, key: cuts(boughs, 0.7 + 0.2 * noise(40 * x, 40 * y)) };
  }
  if (y > foothill(x)) {
    return { ochre: 0.8, red: 0.3, teal: 0, key: cuts(60 * (y - foothill(x)) + 9 * x + hand, 0.4) };
  }
  return y > peak(x) ? mountain(x, y, hand, noise) : sky(x, y, hand, noise);
}

export const pineWoodcut: Style = {
  name: 'pine-woodcut',
  title: 'Pine at Daybreak',
  description:
    'A woodcut in vermilion, ochre, teal and black: gouged rays, hatched peaks and a wind-bent pine.',
  seed: 1912,
  aspect: ASPECT,
  draw(canvas, random) {
    const noise = fractal(gradientNoise(random), 3);
    const size = canvas.width * canvas.height;
    const plate = () => new Float32Array(size);
    const plates = { ochre: plate(), red: plate(), teal: plate(), key: plate() };
    canvas.each((i, x, y) => {
      const blocks = carve(x, y, noise);
      plates.ochre[i] = clamp(blocks.ochre);
      plates.red[i] = clamp(blocks.red);
      plates.teal[i] = clamp(blocks.teal);
      plates.key[i] = clamp(blocks.key);
    });

    canvas.each((i, x, y) => {
      const grain = noise(4 * x + 0.6 * noise(2 * x, 2 * y), 60 * y) + 0.5 * noise(90 * x, 90 * y);
      const fibre = 0.03 * noise(60 * x, 60 * y);
      canvas.cover(i, [paper[0] + fibre, paper[1] + fibre, paper[2] + fibre], 1);
      // Ink is transparent enough to darken what it is printed on, and thin where the block's grain is open.
      const press = (ink: Rgb, plate: Float32Array, at: number, body: number) => {
        const below = canvas.get(i);
        const mixed: Rgb = [ink[0] * below[0] ** 0.15, ink[1] * below[1] ** 0.15, ink[2] * below[2] ** 0.15];
        const full = 0.25 + 0.75 * smoothstep(-1.05, -0.35, grain + body);
        canvas.cover(i, mixed, (plate[at] as number) * full * (0.9 + 0.1 * grain));
      };
      // Blocks never register perfectly: the colours sit a hair beside the key.
      press(ochre, plates.ochre, canvas.indexAt(x + 0.0022, y - 0.001), 0);
      press(vermilion, plates.red, canvas.indexAt(x - 0.0016, y + 0.0018), 0.1);
      press(teal, plates.teal, canvas.indexAt(x + 0.0022, y - 0.001), 0.1);
      press(black, plates.key, i, 0.3);
      canvas.relief[i] = 1.6 * (plates.key[i] as number) + 0.7 * grain;
    });
    rake(canvas, { shade: 0.14, gloss: 0 });
  },
};
