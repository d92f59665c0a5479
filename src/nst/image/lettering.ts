import type { OverlayOptions } from './libvips.ts';
import { coverage, type Line, parsePath } from './strokes.ts';

/** Where and how a label is written: its top left corner and the length of a unit of its strokes, in pixels. */
export interface Writing {
  readonly x: number;
  readonly y: number;
  readonly unit: number;
  readonly ink: readonly [red: number, green: number, blue: number];
}

/** A label as what is laid over a picture; nothing where it has no strokes. */
export function written(label: string, { x, y, unit, ink }: Writing): OverlayOptions[] {
  const lines: Line[] = [];
  let pen = x;
  for (const [width, path] of glyphs(label)) {
    const at = pen;
    for (const line of parsePath(path)) lines.push(line.map(([px, py]) => [at + px * unit, y + py * unit]));
    pen += (width + SPACING) * unit;
  }
  if (lines.length === 0) return [];
  const { left, top, width, height, values } = coverage(lines, (WEIGHT * unit) / 2);
  const input = Buffer.alloc(4 * width * height);
  values.forEach((value, at) => {
    input.set([...ink, Math.round(255 * value)], 4 * at);
  });
  return [{ input, raw: { width, height, channels: 4 }, left, top }];
}

/** A label's length, in units of its strokes. */
export function lengthOf(label: string): number {
  return glyphs(label).reduce((sum, [width]) => sum + width + SPACING, -SPACING);
}

function glyphs(label: string): readonly (readonly [number, string])[] {
  const plain = label.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
  return [...plain].map((character) => STROKES[character] ?? GAP);
}

/** Height of figures, in units of the strokes. */
export const FIGURES = 10;
/** Thickness of strokes and space between characters, in the same. */
const WEIGHT = 1.3;
const SPACING = 2.6;
const GAP = [2, ''] as const;

/** A round letter: an ellipse between the x-height and the base line. */
const BOWL = 'M6 6.5a3 3.5 0 1 1-6 0a3 3.5 0 1 1 6 0';

const dot = (y: number, x = 0) => `M${x - 0.3} ${y}a.3 .3 0 1 1 .6 0a.3 .3 0 1 1-.6 0`;

/**
 * Characters as strokes, so that labels need no font on the system: width, and a path (as SVG writes it) in which
 * figures reach from 0 to 10, small letters from 3 to 10 and their tails to 13.
 */
const STROKES: Readonly<Record<string, readonly [width: number, path: string]>> = {
  a: [6, `${BOWL}M6 3v7`],
  b: [6, `${BOWL}M0 0v10`],
  c: [5.4, 'M5.4 4.4A3 3.5 0 1 0 5.4 8.6'],
  d: [6, `${BOWL}M6 0v10`],
  e: [6, 'M0 6.5h6A3 3.5 0 1 0 5.4 8.6'],
  f: [4, 'M4 .2Q1.7-.5 1.7 2.4V10M0 3h3.8'],
  g: [6, `${BOWL}M6 3v7a3 3 0 0 1-5.5 1.7`],
  h: [6, 'M0 0v10M0 6a3 3 0 0 1 6 0v4'],
  i: [0, `M0 3v7${dot(0.2)}`],
  j: [2, `M2 3v8q0 2-2 2${dot(0.2, 2)}`],
  k: [5.4, 'M0 0v10M5 3L0 7.4M1.9 5.8L5.4 10'],
  l: [1.8, 'M0 0v8q0 2 1.8 2'],
  m: [10, 'M0 3v7M0 5.5a2.5 2.5 0 0 1 5 0v4.5M5 5.5a2.5 2.5 0 0 1 5 0v4.5'],
  n: [6, 'M0 3v7M0 6a3 3 0 0 1 6 0v4'],
  o: [6, BOWL],
  p: [6, `${BOWL}M0 3v10`],
  q: [6, `${BOWL}M6 3v10`],
  r: [3.4, 'M0 3v7M0 6.5Q.2 3 3.4 3'],
  s: [5, 'M4.7 4.3Q4 3 2.5 3Q.3 3 .3 4.7Q.3 6.1 2.5 6.4Q5 6.8 5 8.3Q5 10 2.5 10Q.6 10 0 8.6'],
  t: [3.8, 'M1.7 .6V8q0 2 2.1 2M0 3h3.7'],
  u: [6, 'M0 3v4a3 3 0 0 0 6 0M6 3v7'],
  v: [6, 'M0 3l3 7l3-7'],
  w: [9, 'M0 3l2.2 7L4.5 3.4L6.8 10L9 3'],
  x: [5.6, 'M0 3l5.6 7M5.6 3L0 10'],
  y: [6, 'M0 3l3 7M6 3L2.5 11.5Q1.9 13 .3 13'],
  z: [5.4, 'M0 3h5.4L0 10h5.4'],
  0: [6, 'M6 5a3 5 0 1 1-6 0a3 5 0 1 1 6 0'],
  1: [2.6, 'M0 2L2.6 0v10'],
  2: [6, 'M.2 2.7Q.4 0 3 0Q5.8 0 5.8 2.7Q5.8 4.4 4 6.2L0 10h6'],
  3: [6, 'M.3 1.7Q1 0 3 0Q5.6 0 5.6 2.4Q5.6 4.7 2.2 4.7Q6 4.7 6 7.3Q6 10 3 10Q.7 10 0 8.2'],
  4: [6, 'M4.4 10V0L0 7h6'],
  5: [6, 'M5.4 0H1L.5 4.7Q1.6 3.7 3 3.7Q6 3.7 6 6.8Q6 10 2.9 10Q.8 10 0 8.4'],
  6: [6, 'M5.2 .6C2-.9 0 2 0 6.8a3 3.2 0 1 0 6 0a3 3.2 0 1 0-6 0'],
  7: [6, 'M0 0h6L2 10'],
  8: [6, 'M5.7 2.4a2.7 2.4 0 1 1-5.4 0a2.7 2.4 0 1 1 5.4 0M6 7.4a3 2.6 0 1 1-6 0a3 2.6 0 1 1 6 0'],
  9: [6, 'M.8 9.4C4 10.9 6 8 6 3.2a3 3.2 0 1 0-6 0a3 3.2 0 1 0 6 0'],
  '+': [6, 'M0 5.5h6M3 2.5v6'],
  '−': [6, 'M0 5.5h6'],
  '-': [3, 'M0 6.2h3'],
  '·': [0, dot(5.5)],
  '.': [0, dot(9.6)],
  ',': [1, 'M1 9.6v.6L0 12.2'],
  ':': [0, dot(4.6) + dot(9.6)],
  '/': [4, 'M4-1L0 11.5'],
  '×': [4.8, 'M0 3.4l4.8 4.8M4.8 3.4L0 8.2'],
  '%': [
    8,
    'M3.6 2.2a1.8 2.2 0 1 1-3.6 0a1.8 2.2 0 1 1 3.6 0M8 7.8a1.8 2.2 0 1 1-3.6 0a1.8 2.2 0 1 1 3.6 0M7 0L1 10',
  ],
};
