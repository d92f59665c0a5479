import { Canvas } from '../canvas.ts';
import { palette, type Rgb } from '../color.ts';
import { rake } from '../light.ts';
import { type Point, points, TAU } from '../math.ts';
import { fractal, gradientNoise } from '../noise.ts';
import { paintCoat, type Subject } from '../paint.ts';
import type { Random } from '../random.ts';
import type { Style } from '../style.ts';
import { css, disc, drawSvg, polygon, polyline } from '../svg.ts';

const ASPECT = 4 / 3;

const colors = palette(
  'd8201e f28a1a fbc92a 14489a 18a0a8 5a1a7a f4e4c4 12101c e8608a 2a8a4a 0a2050 f4b8a0',
).map(css);
const [red, orange, yellow, blue, aqua, violet, cream, black, pink, green, navy, peach] = colors as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

/** A regular polygon's or arc's points around a middle; angles in turns. */
function around([x, y]: Point, radius: number, from: number, to: number, count: number): Point[] {
  return Array.from({ length: count + 1 }, (_, i) => {
    const angle = TAU * (from + ((to - from) * i) / count);
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

function target(at: Point, radii: readonly number[], fills: readonly string[]): string[] {
  return radii.map((radius, k) => disc(at, radius, fills[k % fills.length] as string));
}

/** Checks in a tilted frame spanned by `right` and `down` from a corner. */
function checks(
  [x, y]: Point,
  right: Point,
  down: Point,
  columns: number,
  rows: number,
  fills: readonly string[],
): string[] {
  const at = (u: number, v: number): Point => [
    x + right[0] * u + down[0] * v,
    y + right[1] * u + down[1] * v,
  ];
  return Array.from({ length: columns * rows }, (_, i) => {
    const [u, v] = [i % columns, Math.floor(i / columns)];
    return polygon(
      [at(u, v), at(u + 1, v), at(u + 1, v + 1), at(u, v + 1)],
      fills[(u * 2 + v * 3) % fills.length] as string,
    );
  });
}

function ground(): string[] {
  return [
    polygon(points('0,0 0.62,0 0.36,0.5 0,0.42'), orange),
    polygon(points('0.62,0 1.34,0 1.34,0.34 0.52,0.2'), aqua),
    polygon(points('0.52,0.2 1.34,0.34 1.34,0.72 0.36,0.5'), peach),
    polygon(points('0,0.42 0.36,0.5 0.5,1 0,1'), navy),
    polygon(points('0.36,0.5 1.34,0.72 1.34,1 0.5,1'), yellow),
    polygon(points('0.36,0.5 0.78,0.59 0.62,1 0.5,1'), pink),
    polygon(points('1.02,0 1.34,0 1.34,0.5 1.18,0.31'), violet),
    polygon(points('0,0 0.17,0 0,0.3'), red),
  ];
}

function figures(random: Random): string[] {
  const confetti = Array.from({ length: 96 }, () => {
    const at: Point = [random.between(0.02, ASPECT - 0.02), random.between(0.02, 0.98)];
    const size = 0.008 + 0.03 * random.next() ** 2;
    const turn = random.next();
    const fill = random.pick(colors);
    const kind = random.below(4);
    if (kind === 0) return disc(at, size, black) + disc(at, 0.7 * size, fill);
    if (kind === 1) return polygon(around(at, 1.4 * size, turn, turn + 1, 3), fill);
    if (kind === 2) return polyline(around(at, 1.6 * size, turn, turn + 0.4, 10), fill, 0.008);
    return polygon(around(at, 1.3 * size, turn, turn + 1, 4), fill);
  });
  const fan = Array.from({ length: 11 }, (_, k) =>
    polygon(
      [[0.98, 0.88], ...around([0.98, 0.88], 0.3, -0.52 + 0.047 * k, -0.473 + 0.047 * k, 3)],
      [red, cream, black, orange, blue, yellow][k % 6] as string,
    ),
  );
  const stairs = Array.from({ length: 7 }, (_, k) =>
    polygon(
      [
        [0.03 + 0.05 * k, 0.97],
        [0.03 + 0.05 * k, 0.9 - 0.045 * k],
        [0.08 + 0.05 * k, 0.9 - 0.045 * k],
        [0.08 + 0.05 * k, 0.97],
      ],
      [aqua, red, cream, violet, yellow, green, pink][k] as string,
    ),
  );
  const beams = [0, 1, 2, 3, 4].map((k) =>
    polyline(
      [
        [0.04 + 0.045 * k, 0.98],
        [0.84 + 0.1 * k, 0.02],
      ],
      [black, cream, red, black, blue][k] as string,
      [0.012, 0.006, 0.016, 0.006, 0.009][k] as number,
    ),
  );
  return [
    ...confetti.slice(0, 60),
    ...target(
      [0.31, 0.3],
      [0.27, 0.245, 0.2, 0.15, 0.115, 0.07, 0.03],
      [black, violet, red, yellow, blue, black, orange],
    ),
    polygon([[0.31, 0.3], ...around([0.31, 0.3], 0.2, 0.08, 0.3, 12)], aqua),
    polygon([[0.31, 0.3], ...around([0.31, 0.3], 0.15, 0.52, 0.72, 10)], pink),
    ...stairs,
    polygon(points('0.5,0.92 0.76,0.24 0.98,0.8'), yellow),
    polygon(points('0.76,0.24 0.98,0.8 0.78,0.85'), orange),
    polygon(points('0.6,0.86 0.86,0.44 0.9,0.9'), blue),
    polygon(points('0.7,0.83 0.83,0.56 0.86,0.86'), red),
    ...fan,
    ...beams,
    ...target([1.1, 0.3], [0.17, 0.15, 0.11, 0.075, 0.035], [black, green, cream, red, black]),
    polygon(around([1.1, 0.3], 0.15, 0.25, 0.75, 20), yellow),
    polygon(around([1.1, 0.3], 0.11, -0.25, 0.25, 20), blue),
    ...target([0.62, 0.13], [0.085, 0.07, 0.045], [navy, orange, yellow]),
    ...target([0.46, 0.68], [0.1, 0.08, 0.05, 0.025], [black, cream, red, navy]),
    ...target([1.2, 0.6], [0.07, 0.055, 0.03], [violet, pink, black]),
    ...checks([0.86, 0.06], [0.033, 0.008], [-0.008, 0.033], 5, 4, [black, cream, red, cream]),
    ...checks([0.06, 0.55], [0.03, -0.012], [0.012, 0.03], 6, 4, [cream, black, orange, blue, cream]),
    ...checks([1.17, 0.76], [0.034, 0.006], [-0.006, 0.034], 4, 5, [navy, yellow, aqua]),
    ...[0.09, 0.115, 0.14].map((radius, k) =>
      polyline(around([0.62, 0.42], radius, 0.45, 0.92, 30), [black, red, cream][k] as string, 0.012),
    ),
    ...[0.08, 0.105, 0.13].map((radius, k) =>
      polyline(around([1.2, 0.6], radius, 0.1, 0.62, 30), [black, blue, red][k] as string, 0.009),
    ),
    ...confetti.slice(60),
  ];
}

/** The flat design seen as paint: every colour has brushwork of its own direction. */
function subject(design: Canvas, random: Random): Subject {
  const noise = fractal(gradientNoise(random), 3);
  const color = (x: number, y: number): Rgb => design.get(design.indexAt(x, y));
  return {
    color(x, y) {
      const [r, g, b] = color(x, y);
      const tone = 1 + 0.45 * noise(2.6 * x, 2.6 * y);
      return [r * tone + 0.07 * noise(3 * x, 3 * y), g * tone, b * tone + 0.09 * noise(3 * y, 3 * x)];
    },
    angle(x, y) {
      const [r, g, b] = color(x, y);
      return 3 * r + 5 * g + 7 * b + 0.9 * noise(2.5 * x, 2.5 * y);
    },
  };
}

export const counterpoint: Style = {
  name: 'counterpoint',
  title: 'Counterpoint in Red and Blue',
  description:
    'Circles, beams, checks and triangles in taut balance, brushed in dense, dry, differently turned strokes.',
  seed: 1923,
  aspect: ASPECT,
  async draw(canvas, random) {
    const design = new Canvas(canvas.width, canvas.height);
    await drawSvg(design, [...ground(), ...figures(random)]);
    const scene = subject(design, random);
    canvas.fill(scene.color);
    canvas.stencil = Uint32Array.from({ length: canvas.width * canvas.height }, (_, i) => {
      const [r, g, b] = design.get(i);
      return (Math.round(255 * r) << 16) | (Math.round(255 * g) << 8) | Math.round(255 * b);
    });
    const brush = { contrast: 0.6, rim: 0.5, dryness: 0.5, roundness: 0.4, opacity: 1 };
    const coat = { stray: 0.2, sway: 0.16 };
    paintCoat(
      canvas,
      scene,
      {
        ...coat,
        brush: { ...brush, width: 0.034, bristles: 16, body: 4 },
        length: 0.16,
        spacing: 0.6,
        loyalty: 0.45,
      },
      random,
    );
    paintCoat(
      canvas,
      scene,
      {
        ...coat,
        brush: { ...brush, width: 0.014, bristles: 7, body: 5 },
        length: 0.07,
        spacing: 0.8,
        loyalty: 0.35,
      },
      random,
    );
    paintCoat(
      canvas,
      scene,
      {
        ...coat,
        brush: { ...brush, width: 0.0065, bristles: 4, body: 5 },
        length: 0.035,
        spacing: 1.3,
        loyalty: 0.3,
      },
      random,
    );
    rake(canvas, { shade: 0.32, gloss: 0.08 });
  },
};
