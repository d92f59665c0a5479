/** A point as x to the right and y downwards. */
export type Point = readonly [x: number, y: number];
/** Points that are joined by straight strokes. */
export type Line = readonly Point[];

/** Straight parts that a curve is drawn with. */
const PARTS = 16;
/** Numbers that each command of a path takes. */
const ARGUMENTS: Readonly<Record<string, number>> = { M: 2, L: 2, H: 1, V: 1, Q: 4, C: 6, A: 7 };

/**
 * The lines of a path written as in SVG (section 9.3), of M, L, H, V, Q, C and A in either case; arcs are not rotated,
 * and curves become straight parts.
 */
export function parsePath(path: string): Line[] {
  const tokens = path.match(/[a-z]|-?(?:\d+\.?\d*|\.\d+)/gi) ?? [];
  const lines: Point[][] = [];
  let command = '';
  let from: Point = [0, 0];
  for (let at = 0; at < tokens.length; ) {
    if (/[a-z]/i.test(tokens[at] as string)) command = tokens[at++] as string;
    const kind = command.toUpperCase();
    const count = ARGUMENTS[kind];
    if (count === undefined) throw new Error(`A path has no command “${command}”`);
    const numbers = tokens.slice(at, at + count).map(Number);
    at += count;
    const points = drawn(kind, numbers, from, command === kind ? [0, 0] : from);
    from = points.at(-1) as Point;
    if (kind === 'M') lines.push(points);
    else lines.at(-1)?.push(...points);
  }
  return lines;
}

/** The points that a command goes to. */
function drawn(kind: string, numbers: readonly number[], from: Point, [ox, oy]: Point): Point[] {
  const [a, b, , large, sweep, x, y] = numbers as [number, number, ...number[]];
  if (kind === 'H') return [[ox + a, from[1]]];
  if (kind === 'V') return [[from[0], oy + a]];
  if (kind === 'A')
    return arc(from, [a, b], large === 1, sweep === 1, [ox + (x as number), oy + (y as number)]);
  const points = Array.from({ length: numbers.length / 2 }, (_, index): Point => {
    const [px, py] = numbers.slice(2 * index) as [number, number];
    return [ox + px, oy + py];
  });
  return points.length === 1 ? points : bezier([from, ...points]);
}

/** By de Casteljau's construction. */
function bezier(controls: readonly Point[]): Point[] {
  return Array.from({ length: PARTS }, (_, part) => {
    const t = (part + 1) / PARTS;
    let points = controls;
    while (points.length > 1) {
      points = points.slice(1).map(([x1, y1], index) => {
        const [x0, y0] = points[index] as Point;
        return [x0 + t * (x1 - x0), y0 + t * (y1 - y0)] as const;
      });
    }
    return points[0] as Point;
  });
}

/** From end points to the centre: SVG 1.1, appendix F.6.5. */
function arc([x0, y0]: Point, [rx, ry]: Point, large: boolean, sweep: boolean, [x1, y1]: Point): Point[] {
  const [dx, dy] = [(x0 - x1) / 2 / rx, (y0 - y1) / 2 / ry];
  const distance = Math.hypot(dx, dy);
  // Radii that are too small for the distance are enlarged to it (F.6.6).
  const grown = Math.max(1, distance);
  const offset = (large === sweep ? -1 : 1) * Math.sqrt(Math.max(0, (grown / distance) ** 2 - 1));
  const [cx, cy] = [(x0 + x1) / 2 + offset * dy * rx, (y0 + y1) / 2 - offset * dx * ry];
  const angle = (x: number, y: number) => Math.atan2((y - cy) / ry, (x - cx) / rx);
  const [start, end] = [angle(x0, y0), angle(x1, y1)];
  const turn = sweep
    ? (end - start + 4 * Math.PI) % (2 * Math.PI)
    : -((start - end + 4 * Math.PI) % (2 * Math.PI));
  return Array.from({ length: PARTS }, (_, part) => {
    const t = start + (turn * (part + 1)) / PARTS;
    return [cx + rx * grown * Math.cos(t), cy + ry * grown * Math.sin(t)];
  });
}

/** How much of each pixel strokes cover, from 0 to 1, in the smallest rectangle around them. */
export interface Coverage {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Draws lines with a round pen, smoothed over a pixel. @param lines - at least one point. */
export function coverage(lines: readonly Line[], radius: number): Coverage {
  const reach = radius + 0.5;
  const points = lines.flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.floor(Math.min(...xs) - reach), Math.floor(Math.min(...ys) - reach)];
  const width = Math.ceil(Math.max(...xs) + reach) - left;
  const height = Math.ceil(Math.max(...ys) + reach) - top;
  const values = new Float32Array(width * height);
  for (const line of lines) {
    line.forEach((end, index) => {
      const start = line[Math.max(0, index - 1)] as Point;
      const columns = [Math.min(start[0], end[0]) - reach, Math.max(start[0], end[0]) + reach] as const;
      const rows = [Math.min(start[1], end[1]) - reach, Math.max(start[1], end[1]) + reach] as const;
      for (let y = Math.floor(rows[0]); y < rows[1]; y++) {
        for (let x = Math.floor(columns[0]); x < columns[1]; x++) {
          const at = (y - top) * width + x - left;
          const inside = reach - distanceTo([x + 0.5, y + 0.5], start, end);
          values[at] = Math.max(values[at], Math.min(1, inside));
        }
      }
    });
  }
  return { left, top, width, height, values };
}

function distanceTo([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}
