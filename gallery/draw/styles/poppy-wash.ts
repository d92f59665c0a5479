import type { Canvas } from '../canvas.ts';
import { palette, type Rgb } from '../color.ts';
import { rake } from '../light.ts';
import { bezier, clamp, mix, type Point, smoothstep, TAU, toSegment } from '../math.ts';
import { fractal, gradientNoise, type Noise } from '../noise.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';

const ASPECT = 3 / 4;

const grounds = palette('ffd23a 3ab0e8 f08ad0 58d0a0 ffa050 7a6ae8 40c8d8');
const reds = palette('f01a1e ff4a18 e8104a ff7a20');
const blues = palette('2a40e0 6a30d8 1a70e0');
const greens = palette('2a9a3a 6ab82a 1a7a6a c0d838 2a5a90');
const ink: Rgb = [0.1, 0.07, 0.22];

const sheet: Rgb = [0.99, 0.975, 0.94];

/** Wet paper: where its grain holds pigment, and how water carries paint sideways. */
interface Paper {
  /** Height of the grain at each pixel, about −1…1. */
  readonly grain: Float32Array;
  readonly bleed: Noise;
}

/** A patch of paint. */
interface Wash {
  /** Middle and half extent of the box that holds it, in units of the picture's height. */
  readonly at: Point;
  readonly reach: number;
  readonly pigment: Rgb;
  readonly strength: number;
  /** Share of the paint below that is lifted off with a damp brush first, 0…1. */
  readonly lift: number;
  /** How far water carries the edge, in units of the picture's height. */
  readonly spread: number;
  /** Distance inside the edge in units of the picture's height, negative outside. */
  depth(x: number, y: number): number;
}

/** Lays a wash: pigment gathers in a dark line at the edge, pools inside, and settles in the paper's hollows. */
function lay(canvas: Canvas, paper: Paper, wash: Wash): void {
  const { height, width } = canvas;
  const [cx, cy] = wash.at;
  const reach = wash.reach + wash.spread;
  const right = Math.min(width, Math.ceil((cx + reach) * height));
  const low = Math.min(height, Math.ceil((cy + reach) * height));
  for (let j = Math.max(0, Math.floor((cy - reach) * height)); j < low; j++) {
    for (let k = Math.max(0, Math.floor((cx - reach) * height)); k < right; k++) {
      const [x, y] = [(k + 0.5) / height, (j + 0.5) / height];
      const dry = wash.depth(x, y);
      if (dry < -1.2 * wash.spread - 0.002) continue;
      const drift =
        wash.spread * (paper.bleed(7 * x + cy * 31, 7 * y + cx * 17) + 0.35 * paper.bleed(38 * x, 38 * y));
      const depth = dry + drift;
      if (depth < -0.002) continue;
      const edge = Math.exp(-depth / 0.0035) + 0.4 * Math.exp(-depth / 0.016);
      const pool = 0.62 + 0.55 * paper.bleed(9 * x - cx * 23, 9 * y + cy * 13);
      const index = j * width + k;
      const settled = 1 + 0.4 * (paper.grain[index] as number);
      const wet = smoothstep(-0.002, 0.0012, depth);
      canvas.cover(index, sheet, wash.lift * wet);
      canvas.glaze(index, wash.pigment, Math.max(0, wash.strength * (0.75 * edge + pool) * settled * wet));
    }
  }
}

/** A petal as an egg shape that points away from the flower's middle. */
function petal(
  middle: Point,
  angle: number,
  length: number,
  breadth: number,
  pigment: Rgb,
  strength: number,
  lift = 0,
): Wash {
  const at: Point = [
    middle[0] + 0.55 * length * Math.cos(angle),
    middle[1] + 0.55 * length * Math.sin(angle),
  ];
  return {
    at,
    reach: 0.75 * Math.max(length, breadth),
    pigment,
    strength,
    lift,
    spread: 0.16 * Math.min(length, breadth),
    depth(x, y) {
      const u = ((x - at[0]) * Math.cos(angle) + (y - at[1]) * Math.sin(angle)) / (0.55 * length);
      const v =
        ((y - at[1]) * Math.cos(angle) - (x - at[0]) * Math.sin(angle)) / (0.55 * breadth * (1 + 0.3 * u));
      const ruffle = 0.06 * Math.sin(7 * Math.atan2(v, u) + 9 * angle);
      return (1 + ruffle - Math.hypot(u, v)) * 0.5 * Math.min(length, breadth);
    },
  };
}

/** A stem or a blade of grass, thick at the foot and thin at the tip. */
function blade(curve: readonly Point[], breadth: number, pigment: Rgb, strength: number): Wash[] {
  return curve.slice(1).map((to, i) => {
    const from = curve[i] as Point;
    const thin = (t: number) => breadth * (1 - 0.85 * ((i + t) / curve.length));
    return {
      at: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2],
      reach: Math.hypot(to[0] - from[0], to[1] - from[1]) / 2 + breadth,
      pigment,
      strength,
      lift: 0.55,
      spread: 0.25 * breadth,
      depth(x, y) {
        const { distance, along } = toSegment([x, y], from, to);
        return thin(along) - distance;
      },
    };
  });
}

function poppy(canvas: Canvas, paper: Paper, random: Random, middle: Point, radius: number): void {
  const turn = random.between(0, TAU);
  const tint = random.pick(reds);
  for (let layer = 0; layer < 2; layer++) {
    const size = radius * (layer === 0 ? 1 : 0.72);
    for (let k = 0; k < 5; k++) {
      const angle = turn + (TAU * (k + 0.5 * layer)) / 5 + random.between(-0.2, 0.2);
      const length = size * random.between(0.85, 1.15);
      const pigment = random.next() < 0.6 ? tint : random.pick(reds);
      lay(
        canvas,
        paper,
        petal(
          middle,
          angle,
          length,
          1.05 * size,
          pigment,
          random.between(0.55, 0.95),
          layer === 0 ? 0.92 : 0.45,
        ),
      );
    }
  }
  for (let k = 0; k < 22; k++) {
    const angle = random.between(0, TAU);
    const vein = random.between(0.3, 0.65) * radius;
    lay(
      canvas,
      paper,
      petal(
        [middle[0] + 0.12 * radius * Math.cos(angle), middle[1] + 0.12 * radius * Math.sin(angle)],
        angle,
        vein,
        0.035 * radius,
        [0.7, 0.1, 0.25],
        0.32,
      ),
    );
  }
  lay(canvas, paper, petal([middle[0] - 0.1 * radius, middle[1]], 0, 0.24 * radius, 0.26 * radius, ink, 1.1));
  for (let k = 0; k < 22; k++) {
    const angle = random.between(0, TAU);
    const far = radius * random.between(0.2, 0.36);
    const dot = radius * random.between(0.03, 0.055);
    lay(
      canvas,
      paper,
      petal(
        [middle[0] + far * Math.cos(angle), middle[1] + far * Math.sin(angle)],
        angle,
        dot,
        dot,
        ink,
        1.3,
      ),
    );
  }
}

function cornflower(canvas: Canvas, paper: Paper, random: Random, middle: Point, radius: number): void {
  for (let k = 0; k < 26; k++) {
    const angle = (TAU * k) / 13 + random.between(-0.2, 0.2);
    lay(
      canvas,
      paper,
      petal(middle, angle, radius * random.between(0.55, 1.1), 0.3 * radius, random.pick(blues), 0.75, 0.7),
    );
  }
  lay(
    canvas,
    paper,
    petal([middle[0] - 0.13 * radius, middle[1]], 0, 0.26 * radius, 0.28 * radius, [0.35, 0.05, 0.4], 1),
  );
}

/** Places for `count` flowers that keep at least `apart` from those already in `taken`, to which they are added. */
function spots(taken: Point[], count: number, apart: number, low: number, random: Random): Point[] {
  const found: Point[] = [];
  for (let tries = 0; tries < 400 && found.length < count; tries++) {
    const spot: Point = [random.between(0.02, ASPECT - 0.02), random.between(0.04, low)];
    if ([...taken, ...found].every(([x, y]) => Math.hypot(x - spot[0], y - spot[1]) > apart))
      found.push(spot);
  }
  taken.push(...found);
  return found;
}

export const poppyWash: Style = {
  name: 'poppy-wash',
  title: 'Poppies, Wet in Wet',
  description:
    'Watercolour poppies and cornflowers: glowing glazes, dark wet edges, blooms and granulating pigment.',
  seed: 1925,
  aspect: ASPECT,
  draw(canvas, random) {
    const tooth = fractal(gradientNoise(random), 3);
    const grain = new Float32Array(canvas.width * canvas.height);
    canvas.each((i, x, y) => {
      grain[i] = tooth(110 * x, 110 * y);
    });
    const paper: Paper = { grain, bleed: fractal(gradientNoise(random), 4) };
    canvas.fill(() => sheet);
    for (let k = 0; k < 60; k++) {
      const at: Point = [random.between(0, ASPECT), random.between(0, 1)];
      const size = random.between(0.12, 0.34);
      lay(canvas, paper, {
        ...petal(at, random.between(0, TAU), size, size, random.pick(grounds), random.between(0.2, 0.5)),
        spread: 0.06,
      });
    }
    const taken: Point[] = [];
    const large = spots(taken, 9, 0.19, 0.8, random);
    const small = spots(taken, 14, 0.105, 0.9, random);
    for (const [x, y] of taken) {
      const foot: Point = [mix(x, ASPECT / 2, 0.3) + random.between(-0.12, 0.12), 1.05];
      const curve = bezier([foot, [foot[0], mix(1, y, 0.4)], [x, mix(1, y, 0.6)], [x, y]], 9);
      for (const wash of blade(curve, 0.008, random.pick(greens), 0.9)) lay(canvas, paper, wash);
    }
    for (let k = 0; k < 80; k++) {
      const x = random.between(-0.05, ASPECT + 0.05);
      const y = random.between(0.62, 1.05);
      const rise = random.between(0.12, 0.36);
      const bend = random.between(-0.13, 0.13);
      const curve = bezier(
        [
          [x, y + 0.05],
          [x, y - 0.4 * rise],
          [x + 0.4 * bend, y - 0.8 * rise],
          [x + bend, y - rise],
        ],
        7,
      );
      for (const wash of blade(curve, random.between(0.006, 0.017), random.pick(greens), 0.55))
        lay(canvas, paper, wash);
    }
    for (const spot of small) cornflower(canvas, paper, random, spot, random.between(0.045, 0.075));
    for (const spot of large) poppy(canvas, paper, random, spot, random.between(0.1, 0.14));
    for (let k = 0; k < 240; k++) {
      const size = 0.003 + 0.009 * random.next() ** 3;
      const at: Point = [random.between(0, ASPECT), random.between(0, 1)];
      lay(canvas, paper, petal(at, 0, size, size, random.pick([...reds, ...blues, ...greens, ink]), 0.8));
    }
    canvas.each((i) => {
      canvas.relief[i] = 2.2 * (grain[i] as number);
      for (let c = 3 * i; c < 3 * i + 3; c++) canvas.color[c] = clamp(canvas.color[c] as number);
    });
    rake(canvas, { shade: 0.13, gloss: 0 });
  },
};
