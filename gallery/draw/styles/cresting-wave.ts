import { Canvas } from '../canvas.ts';
import { palette, shift } from '../color.ts';
import { rake } from '../light.ts';
import { clamp, mix, type Point, points, TAU } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';
import { css, disc, drawSvg, polygon, polyline } from '../svg.ts';

const ASPECT = 4 / 3;

const blues = palette('0f2350 1b4b8f 2f7fc0 8fc8dc e8f2e6').map(css);
const [indigo, cobalt, azure, pale, foam] = blues as [string, string, string, string, string];
const dusk = palette('123a78 2a6aa8 6aa8c0 c8d0a8 f4c878 f49a58 ec6a48').map(css);
const haze = palette('f8dca0 f4b070 f8ecc8').map(css);

/** A wave by its back and its hollow face, both from the foot to the tip of the crest. */
interface Wave {
  readonly back: readonly Point[];
  readonly face: readonly Point[];
  /** Place (0…1) along the wave from which its back foams. */
  readonly foamFrom: number;
  readonly foamSize: number;
}

/** Points on the smooth curve (Catmull–Rom) through `knots`. */
function curve(knots: readonly Point[], count: number): Point[] {
  const at = (i: number) => knots[clamp(i, 0, knots.length - 1)] as Point;
  return Array.from({ length: count }, (_, n) => {
    const place = (n / (count - 1)) * (knots.length - 1);
    const i = Math.min(Math.floor(place), knots.length - 2);
    const t = place - i;
    const through = (axis: 0 | 1) => {
      const [a, b, c, d] = [at(i - 1)[axis], at(i)[axis], at(i + 1)[axis], at(i + 2)[axis]];
      return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    };
    return [through(0), through(1)];
  });
}

function place(wave: Wave, x: number, y: number, scale: number, flip = false): Wave {
  const move = ([px, py]: Point): Point => [x + (flip ? -px : px) * scale, y + py * scale];
  return { ...wave, back: wave.back.map(move), face: wave.face.map(move), foamSize: wave.foamSize * scale };
}

const great: Wave = {
  back: curve(
    points('-0.34,1.15 -0.14,0.7 0.0,0.46 0.14,0.26 0.3,0.12 0.48,0.08 0.64,0.15 0.72,0.27 0.71,0.37'),
    90,
  ),
  face: curve(
    points('0.92,1.2 0.78,1.06 0.6,0.95 0.44,0.8 0.35,0.62 0.36,0.44 0.45,0.32 0.58,0.29 0.69,0.37'),
    90,
  ),
  foamFrom: 0.42,
  foamSize: 0.022,
};

/** The body of a wave as bands that run from its foot to its crest. */
function body(wave: Wave, random: Random): string[] {
  const shades = [
    indigo,
    pale,
    cobalt,
    azure,
    indigo,
    foam,
    cobalt,
    pale,
    indigo,
    azure,
    cobalt,
    foam,
    indigo,
    pale,
    cobalt,
  ];
  const last = wave.back.length - 1;
  const line = (share: number): Point[] =>
    wave.back.map((from, i) => {
      const to = wave.face[i] as Point;
      const sway = share <= 0 || share >= 1 ? share : share + 0.012 * Math.sin((9 * i) / last + 23 * share);
      return [mix(from[0], to[0], sway), mix(from[1], to[1], sway)];
    });
  const widths = shades.map((_, k) => (k % 2 === 1 ? 0.6 : 1) * random.between(0.7, 1.3));
  const total = widths.reduce((sum, width) => sum + width, 0);
  let reached = 0;
  const bands = shades.map((shade, k) => {
    const from = reached;
    reached += (widths[k] as number) / total;
    return polygon([...line(from), ...line(Math.min(1, reached)).reverse()], shade);
  });
  const grooves = Array.from({ length: 70 }, () => {
    const at = random.between(0.03, 0.97);
    const from = random.below(last - 20);
    return polyline(
      line(at).slice(from, from + 18 + random.below(40)),
      random.pick(blues),
      random.between(0.0015, 0.0035),
    );
  });
  return [...bands, ...grooves, polyline(wave.back, indigo, 0.006), polyline(wave.face, indigo, 0.006)];
}

/** Fingers of foam that reach out from the crest and hook downwards. */
function claws(wave: Wave, random: Random): string[] {
  const beads: { at: Point; radius: number }[] = [];
  const grow = (at: Point, heading: number, radius: number, curl: number, depth: number): void => {
    let [x, y] = at;
    let size = radius;
    let angle = heading;
    for (let k = 0; k < 6; k++) {
      x += 0.9 * size * Math.cos(angle);
      y += 0.9 * size * Math.sin(angle);
      beads.push({ at: [x, y], radius: size });
      angle += curl;
      size *= 0.84;
      if (depth > 0 && k > 0 && k < 4)
        grow([x, y], angle - 3.2 * curl, size * 0.62, curl * random.between(0.8, 1.5), depth - 1);
    }
  };
  const last = wave.back.length - 1;
  for (let t = wave.foamFrom; t <= 1; t += 0.02) {
    const i = Math.round(t * last);
    const here = wave.back[i] as Point;
    const before = wave.back[i - 2] as Point;
    const inner = wave.face[i] as Point;
    const along = Math.atan2(here[1] - before[1], here[0] - before[0]);
    const turn = Math.sign(
      (here[0] - before[0]) * (inner[1] - here[1]) - (here[1] - before[1]) * (inner[0] - here[0]),
    );
    const strength =
      wave.foamSize * mix(0.5, 1.15, (t - wave.foamFrom) / (1 - wave.foamFrom)) * random.between(0.75, 1.25);
    const lip = (share: number): Point => [mix(here[0], inner[0], share), mix(here[1], inner[1], share)];
    grow(lip(0.02), along - turn * 0.35, strength, turn * 0.3, 1);
    if (t > 0.6) grow(lip(random.between(0.15, 0.5)), along + turn * 0.75, strength * 0.95, turn * 0.2, 1);
    if (t > 0.8) grow(lip(random.between(0.5, 1)), along + turn * 1.3, strength * 0.9, turn * 0.16, 2);
  }
  const shadows = beads.filter(() => random.next() < 0.55);
  return [
    ...beads.map(({ at, radius }) => disc(at, radius + 0.0036, indigo)),
    ...beads.map(({ at, radius }) => disc(at, radius, foam)),
    ...shadows.map(({ at: [x, y], radius }) =>
      disc([x - 0.2 * radius, y + 0.3 * radius], 0.5 * radius, random.pick([pale, azure, pale])),
    ),
    ...shadows.map(({ at: [x, y], radius }) => disc([x + 0.1 * radius, y], 0.42 * radius, foam)),
  ];
}

function background(random: Random): string[] {
  const bands = dusk.map((shade, k) => {
    const top = 0.085 * k - 0.03;
    const edge = Array.from({ length: 40 }, (_, i): Point => {
      const x = (i / 39) * 1.4 - 0.03;
      return [x, top + 0.014 * Math.sin(6 * x + 2.1 * k) + 0.008 * Math.sin(17 * x + k)];
    });
    return polygon([...edge, [1.4, 1], [-0.1, 1]], shade);
  });
  const sun: Point = [0.98, 0.34];
  const rings = Array.from({ length: 16 }, (_, k) => {
    const shades = k < 5 ? [haze[0], haze[1]] : ['rgb(200 30 30)', 'rgb(232 66 36)'];
    return disc(sun, 0.205 - 0.0125 * k, shades[k % 2] as string);
  });
  // Carved lines follow the bands: dark in the lights and light in the darks.
  const lines = Array.from({ length: 430 }, () => {
    const [x, y, reach] = [random.between(-0.2, 1.3), random.between(0, 0.6), random.between(0.06, 0.35)];
    const line = Array.from({ length: 16 }, (_, i): Point => {
      const px = x + (reach * i) / 15;
      return [px, y + 0.014 * Math.sin(6 * px + 25 * y) + 0.006 * Math.sin(17 * px + 12 * y)];
    });
    const band = Math.floor((y + 0.03) / 0.085);
    const shade = dusk[clamp(band + random.pick([-2, -1, 1, 2]), 0, dusk.length - 1)] as string;
    return polyline(line, random.next() < 0.12 ? random.pick(haze) : shade, random.between(0.0015, 0.0045));
  });
  const clouds = Array.from({ length: 26 }, () => {
    const [x, y, reach] = [random.between(-0.1, 1.3), random.between(0.04, 0.52), random.between(0.1, 0.3)];
    const line = Array.from(
      { length: 12 },
      (_, i): Point => [x + (reach * i) / 11, y + 0.006 * Math.sin(i + 40 * y)],
    );
    return polyline(line, random.pick(haze), random.between(0.005, 0.014));
  });
  const slope: Point[] = points(
    '0.74,0.6 0.86,0.52 0.93,0.455 0.96,0.44 1.0,0.44 1.03,0.455 1.1,0.52 1.24,0.6',
  );
  const snow: Point[] = points(
    '0.9,0.484 0.93,0.455 0.96,0.44 1.0,0.44 1.03,0.455 1.065,0.488 1.04,0.48 1.025,0.505 1.0,0.482 0.98,0.51 0.955,0.48 0.93,0.5',
  );
  const rows = Array.from({ length: 24 }, (_, k) => {
    const y = 0.585 + 0.02 * k;
    const crest = Array.from({ length: 80 }, (_, i): Point => {
      const x = (i / 79) * 1.4 - 0.03;
      return [
        x,
        y - (0.01 + 0.0012 * k) * Math.abs(Math.sin(19 * x + 1.7 * k)) + 0.02 * Math.sin(3 * x + 0.5 * k),
      ];
    });
    return (
      polygon([...crest, [1.4, 1.2], [-0.1, 1.2]], [indigo, azure, cobalt, pale][k % 4] as string) +
      polyline(crest, k % 4 === 3 ? indigo : foam, 0.0022)
    );
  });
  return [
    ...bands,
    ...lines,
    ...clouds.slice(0, 20),
    ...rings,
    ...clouds.slice(20),
    polygon(slope, indigo),
    polygon(snow, foam),
    ...rows,
  ];
}

function spray(random: Random): string[] {
  return Array.from({ length: 700 }, () => {
    const angle = random.between(0, TAU);
    const far = 0.12 + 0.36 * random.next();
    const at: Point = [0.6 + 1.5 * far * Math.cos(angle), 0.28 + far * Math.sin(angle)];
    return disc(at, 0.0015 + 0.005 * random.next() ** 3, foam);
  });
}

export const crestingWave: Style = {
  name: 'cresting-wave',
  title: 'The Cresting Wave',
  description:
    'A colour print of clawing waves in Prussian blue and foam, under a banded sunset and a far white peak.',
  seed: 1831,
  aspect: ASPECT,
  async draw(canvas, random) {
    const noise = fractal(gradientNoise(random), 3);
    const waves = [
      place(great, 1.5, 0.42, 0.58, true),
      great,
      place(great, 1.3, 0.62, 0.5, true),
      place(great, -0.12, 0.68, 0.5),
    ];
    const plate = new Canvas(canvas.width, canvas.height);
    await drawSvg(plate, [
      ...background(random),
      ...waves.flatMap((wave) => [...body(wave, random), ...claws(wave, random)]),
      ...spray(random),
    ]);
    canvas.each((i, x, y) => {
      // The knife wavers: every edge is displaced by about a pixel.
      const cut = plate.indexAt(x + 0.0014 * noise(45 * x, 45 * y), y + 0.0014 * noise(45 * y + 9, 45 * x));
      const grain =
        Math.sin(95 * (y + 0.08 * noise(1.3 * x, 3 * y)) * TAU * 0.35) * 0.5 + noise(5 * x, 110 * y);
      const mottle = noise(120 * x, 120 * y);
      canvas.cover(i, shift(plate.get(cut), 0.028 * grain + 0.035 * mottle, 0.1, 0.05 * grain), 1);
      canvas.relief[i] = 2.2 * (plate.get(cut)[1] ?? 0) + 0.6 * mottle + 0.5 * grain;
    });
    rake(canvas, { shade: 0.16, gloss: 0 });
  },
};
