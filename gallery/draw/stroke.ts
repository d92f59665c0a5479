import type { Canvas } from './canvas.ts';
import type { Rgb } from './color.ts';
import { clamp, type Point, smoothstep } from './math.ts';
import { Random } from './random.ts';

/** What a stroke is made with. */
export interface Brush {
  /** Width of the stroke in units of the picture's height. */
  readonly width: number;
  /** Bristles across the stroke: few for a knife, many for a soft brush. */
  readonly bristles: number;
  /** How strongly bristles differ in lightness, 0…1. */
  readonly contrast: number;
  /** Height of the paint in pixels. */
  readonly body: number;
  /** Height of the stroke's sides above its middle, relative to `body`; negative for a rounded stroke. */
  readonly rim: number;
  /** Share of the bristles that have run out of paint at the stroke's end, 0…1. */
  readonly dryness: number;
  /** How far the ends are rounded (1) rather than cut square (0). */
  readonly roundness: number;
  /** 0…1. */
  readonly opacity: number;
}

const STREAK_ROWS = 256;
const STREAK_LENGTH = 1024;

/** Paint left by bristles (0…1): nearly constant along a row, unrelated between rows. */
const streaks = (() => {
  const random = new Random(7);
  const texture = new Float32Array(STREAK_ROWS * STREAK_LENGTH);
  for (let row = 0; row < STREAK_ROWS; row++) {
    const level = random.next();
    const knots = Array.from({ length: STREAK_LENGTH / 32 }, () => random.next());
    for (let i = 0; i < STREAK_LENGTH; i++) {
      const from = knots[i >> 5] as number;
      const to = knots[((i >> 5) + 1) % knots.length] as number;
      const slow = from + (to - from) * smoothstep(0, 32, i & 31);
      texture[row * STREAK_LENGTH + i] = 0.55 * level + 0.33 * slow + 0.12 * random.next();
    }
  }
  return texture;
})();

function streakAt(row: number, along: number): number {
  const floor = Math.floor(row);
  const column = along & (STREAK_LENGTH - 1);
  const a = streaks[(floor & (STREAK_ROWS - 1)) * STREAK_LENGTH + column] as number;
  const b = streaks[((floor + 1) & (STREAK_ROWS - 1)) * STREAK_LENGTH + column] as number;
  return a + (b - a) * (row - floor);
}

/**
 * Draws one stroke along `path`, leaving furrows of the bristles in the relief. The brush is loaded with
 * `color` and, unevenly across its width, with `companion`.
 */
export function paintStroke(
  canvas: Canvas,
  path: readonly Point[],
  color: Rgb,
  companion: Rgb,
  brush: Brush,
  random: Random,
): void {
  const { width, height, relief, touched, stencil } = canvas;
  const mark = ++canvas.strokes;
  const half = (brush.width * height) / 2;
  const points = path.map(([x, y]) => [x * height, y * height] as const);
  let total = 0;
  for (let k = 1; k < points.length; k++) total += length(points[k - 1] as Point, points[k] as Point);
  const [middleX, middleY] = path[path.length >> 1] as Point;
  const masked = stencil?.[canvas.indexAt(middleX, middleY)];
  const row = random.below(STREAK_ROWS);
  const column = random.below(STREAK_LENGTH);

  let travelled = 0;
  for (let k = 1; k < points.length; k++) {
    const [ax, ay] = points[k - 1] as Point;
    const [bx, by] = points[k] as Point;
    const reach = length([ax, ay], [bx, by]);
    if (reach === 0) continue;
    const dx = (bx - ax) / reach;
    const dy = (by - ay) / reach;
    const left = Math.max(0, Math.floor(Math.min(ax, bx) - half));
    const right = Math.min(width - 1, Math.ceil(Math.max(ax, bx) + half));
    const bottom = Math.min(height - 1, Math.ceil(Math.max(ay, by) + half));
    for (let y = Math.max(0, Math.floor(Math.min(ay, by) - half)); y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const rx = x + 0.5 - ax;
        const ry = y + 0.5 - ay;
        const along = rx * dx + ry * dy;
        // Segments overlap a little, which closes the wedge on the outside of a bend.
        if (along < -0.4 * half || along > reach + 0.4 * half) continue;
        const across = (ry * dx - rx * dy) / half;
        if (across < -1 || across > 1) continue;
        const index = y * width + x;
        if (touched[index] === mark || stencil?.[index] !== masked) continue;

        const s = travelled + along;
        const bristle = row + (across * 0.5 + 0.5) * brush.bristles;
        const streak = streakAt(bristle, column + s);
        const inset = half * (brush.roundness * (1 - Math.sqrt(1 - across * across)) + 0.5 * (1 - streak));
        const end = clamp((Math.min(s, total - s) - inset) / 2 + 0.5);
        if (end === 0) continue;
        const side = clamp(((1 - Math.abs(across)) * half) / 1.5);
        const spent = (brush.dryness * s) / total;
        const wet = smoothstep(spent - 0.12, spent + 0.04, streak);
        const cover = brush.opacity * end * side * wet;
        if (cover <= 0) continue;
        touched[index] = mark;

        const light = 1 + brush.contrast * (streak - 0.5);
        const share = smoothstep(0.3, 0.75, streakAt(row + 100 + (bristle - row) / 4, column + s / 2));
        canvas.cover(
          index,
          [
            (color[0] + (companion[0] - color[0]) * share) * light,
            (color[1] + (companion[1] - color[1]) * share) * light,
            (color[2] + (companion[2] - color[2]) * share) * light,
          ],
          cover,
        );
        const ridge = 0.45 + 0.55 * streak + brush.rim * across ** 4;
        // A stroke flattens the paint that lies under it.
        const old = relief[index] as number;
        relief[index] = old + (0.45 * old + brush.body * ridge - old) * cover;
      }
    }
    travelled += reach;
  }
}

function length([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(bx - ax, by - ay);
}
