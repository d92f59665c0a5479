import type { Canvas } from './canvas.ts';
import { difference, type Rgb, vary } from './color.ts';
import { clamp, type Point } from './math.ts';
import type { Random } from './random.ts';
import { type Brush, paintStroke } from './stroke.ts';

/** What a painter looks at: the colour of each place and the direction in which it is brushed. */
export interface Subject {
  color(x: number, y: number): Rgb;
  /** Radians, clockwise from the right as y points downwards. */
  angle(x: number, y: number): number;
}

/** A subject that has been looked at once on a fine grid, for one that is slow to evaluate. */
export function bake(subject: Subject, aspect: number): Subject {
  const rows = 768;
  const columns = Math.round(rows * aspect);
  const colors: Rgb[] = [];
  const angles = new Float32Array(rows * columns);
  for (let i = 0; i < rows * columns; i++) {
    const [x, y] = [((i % columns) + 0.5) / rows, (Math.floor(i / columns) + 0.5) / rows];
    colors.push(subject.color(x, y));
    angles[i] = subject.angle(x, y);
  }
  const at = (x: number, y: number) =>
    clamp(Math.floor(y * rows), 0, rows - 1) * columns + clamp(Math.floor(x * rows), 0, columns - 1);
  return { color: (x, y) => colors[at(x, y)] as Rgb, angle: (x, y) => angles[at(x, y)] as number };
}

/** One coat of strokes over the whole picture. */
export interface Coat {
  readonly brush: Brush;
  /** Longest stroke in units of the picture's height. */
  readonly length: number;
  /** Distance between strokes as a multiple of the brush's width. */
  readonly spacing: number;
  /** How far each stroke's colour strays from the subject's, 0…1. */
  readonly stray: number;
  /** Standard deviation of each stroke's direction from the subject's, in radians. */
  readonly sway: number;
  /** A stroke ends where the subject's colour differs from its own by more than this, 0…1. */
  readonly loyalty: number;
  /** Places to paint; everywhere when absent. */
  where?(x: number, y: number): boolean;
}

/** The curve through `start` that follows `angle` for `length`, half of it each way. */
export function follow(start: Point, angle: (x: number, y: number) => number, length: number): Point[] {
  const steps = 8;
  const half = (direction: 1 | -1): Point[] => {
    const points: Point[] = [];
    let [x, y] = start;
    for (let i = 0; i < steps; i++) {
      const a = angle(x, y);
      x += (direction * Math.cos(a) * length) / (2 * steps);
      y += (direction * Math.sin(a) * length) / (2 * steps);
      points.push([x, y]);
    }
    return points;
  };
  return [...half(-1).reverse(), start, ...half(1)];
}

/** Places on a jittered grid that reaches a little beyond the picture, in random order. */
export function scatter(aspect: number, step: number, random: Random): Point[] {
  const places: Point[] = [];
  for (let y = -step; y < 1 + step; y += step) {
    for (let x = -step; x < aspect + step; x += step) {
      places.push([x + random.between(0, step), y + random.between(0, step)]);
    }
  }
  return random.shuffle(places);
}

/** Paints `subject` with one coat of strokes. */
export function paintCoat(canvas: Canvas, subject: Subject, coat: Coat, random: Random): void {
  for (const place of scatter(canvas.aspect, coat.spacing * coat.brush.width, random)) {
    const [x, y] = place;
    if (coat.where && !coat.where(x, y)) continue;
    const seen = subject.color(x, y);
    const sway = coat.sway * random.normal();
    const curve = follow(
      place,
      (px, py) => subject.angle(px, py) + sway,
      coat.length * random.between(0.6, 1),
    );
    const path = loyalPart(curve, seen, subject, coat.loyalty);
    const color = vary(seen, coat.stray, random);
    paintStroke(canvas, path, color, vary(color, 0.25 + coat.stray, random), coat.brush, random);
  }
}

/** The run of points around the curve's middle where the subject still looks like `seen`. */
function loyalPart(curve: Point[], seen: Rgb, subject: Subject, loyalty: number): Point[] {
  const fits = ([x, y]: Point) => difference(subject.color(x, y), seen) <= loyalty;
  const middle = (curve.length - 1) / 2;
  let [from, to] = [middle, middle];
  while (from > 0 && fits(curve[from - 1] as Point)) from--;
  while (to < curve.length - 1 && fits(curve[to + 1] as Point)) to++;
  // A lone point has no direction: keep its neighbours, so that the place is not left bare.
  return curve.slice(Math.min(from, middle - 1), Math.max(to, middle + 1) + 1);
}
