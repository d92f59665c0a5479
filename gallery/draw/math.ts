/** A place in a picture, in units of the picture's height, y downwards. */
export type Point = readonly [x: number, y: number];

/** The points written `x,y x,y …`. */
export function points(text: string): Point[] {
  return text.split(' ').map((pair) => {
    const [x, y] = pair.split(',').map(Number);
    return [x, y] as [number, number];
  });
}

export const TAU = 2 * Math.PI;

export function clamp(value: number, low = 0, high = 1): number {
  return Math.max(low, Math.min(high, value));
}

/** Linear mixture: `a` at t = 0, `b` at t = 1. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** Hermite step from 0 at `low` to 1 at `high`; `low` may exceed `high` for a falling step. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp((value - low) / (high - low));
  return t * t * (3 - 2 * t);
}

/** Periodic parabola through 0, 1, 0 over each unit of `value`: a cheap rounded arch. */
export function arch(value: number): number {
  const t = value - Math.floor(value);
  return 4 * t * (1 - t);
}

/** Sine wave over each unit of `value`, between 0 and 1. */
export function wave(value: number): number {
  return 0.5 - 0.5 * Math.cos(TAU * value);
}

/** Distance from `p` to the segment `a`–`b`, with the place of the nearest point along it (0…1). */
export function toSegment(p: Point, a: Point, b: Point): { distance: number; along: number } {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const along = clamp(((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy || 1));
  return { distance: Math.hypot(p[0] - a[0] - dx * along, p[1] - a[1] - dy * along), along };
}

/** Points on the cubic Bézier curve with the four control points, ends included. */
export function bezier(controls: readonly [Point, Point, Point, Point], count: number): Point[] {
  const [a, b, c, d] = controls;
  return Array.from({ length: count }, (_, i) => {
    const t = i / (count - 1);
    const s = 1 - t;
    const [u, v, w, z] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
    return [u * a[0] + v * b[0] + w * c[0] + z * d[0], u * a[1] + v * b[1] + w * c[1] + z * d[1]];
  });
}
