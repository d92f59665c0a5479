import { LOSSES } from '../nst/losses/losses.ts';
import type { LossParts } from '../nst/objective.ts';

/** The loss after one step. */
export interface LossRecord {
  /** Evaluations made, over all levels. */
  readonly evaluation: number;
  /** 1 for the coarsest level. */
  readonly level: number;
  /** Size of the level, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly loss: LossParts;
}

const WIDTH = 900;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 130;
const TOP = 36;
const BOTTOM = 52;
/** A part of the loss that vanishes would flatten all others; so would one that is next to nothing of it. */
const MAX_DECADES = 8;
/** The axis has room for a part where it is at least this share of the whole loss; below, it lies at the bottom. */
const SMALLEST_SHARE = 1e-3;
/** Width of a character of a level's size, in pixels, at most. */
const CHARACTER = 8;
const COLORS = ['#2563eb', '#dc2626', '#d97706', '#059669', '#7c3aed', '#0891b2'];
/** A line for the whole loss, and one for each that it is the sum of. */
const LINES = [
  { label: 'total', color: '#1f2937', of: ({ total }: LossParts) => total },
  ...LOSSES.map(({ name, label }, index) => ({
    label,
    color: COLORS[index % COLORS.length] as string,
    of: ({ parts }: LossParts) => parts[name] ?? 0,
  })),
];

/** Draws the loss and its parts over the evaluations, on a logarithmic axis, as an SVG of 900 × 420 pixels. */
export function lossPlot(records: readonly LossRecord[]): string {
  const values = records
    .flatMap(({ loss }) =>
      LINES.map(({ of }) => of(loss)).filter((value) => value >= SMALLEST_SHARE * loss.total),
    )
    .filter((value) => value > 0);
  const high = Math.ceil(Math.log10(Math.max(...values, 1e-9)));
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const low = Math.max(high - MAX_DECADES, Math.min(high - 1, lowest));
  const last = Math.max(2, records.at(-1)?.evaluation ?? 2);
  const x = (evaluation: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (evaluation - 1)) / (last - 1);
  const y = (value: number) =>
    TOP + ((HEIGHT - TOP - BOTTOM) * (high - Math.log10(Math.max(value, 10 ** low)))) / (high - low);
  const shown = LINES.filter(({ of }) => records.some(({ loss }) => of(loss) > 0));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12" fill="#374151">`,
    `<title>Loss over evaluations</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...decades(low, high).map((value) => gridLine(y(value), value)),
    ...levelMarks(records).map(({ from, to, size }) => levelMark(x(from), x(to), size)),
    ...ticks(last).map((tick) => text(x(tick), HEIGHT - BOTTOM + 18, String(tick), 'middle')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'evaluations', 'middle'),
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">loss</text>`,
    ...shown.map(({ of, color }) => {
      const points = records.map(({ evaluation, loss }) => `${round(x(evaluation))},${round(y(of(loss)))}`);
      return `<polyline fill="none" stroke="${color}" stroke-width="1.8" stroke-linejoin="round" points="${points.join(' ')}"/>`;
    }),
    ...shown.map(({ label, color }, index) => legend(index, label, color)),
    '</svg>',
    '',
  ].join('\n');
}

function decades(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}

function gridLine(y: number, value: number): string {
  const label =
    value >= 0.01 && value <= 1000 ? String(Number(value.toPrecision(1))) : value.toExponential(0);
  const line = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y)}" y2="${round(y)}" stroke="#e5e7eb"/>`;
  return line + text(LEFT - 8, y + 4, label, 'end');
}

function levelMarks(records: readonly LossRecord[]): { from: number; to: number; size: string }[] {
  const levels = [...new Set(records.map(({ level }) => level))];
  return levels.map((level) => {
    const own = records.filter((record) => record.level === level);
    const { evaluation: from, width, height } = own[0] as LossRecord;
    return { from, to: (own.at(-1) as LossRecord).evaluation, size: `${width}×${height}` };
  });
}

function levelMark(from: number, to: number, size: string): string {
  const line = `<line x1="${round(from)}" x2="${round(from)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#9ca3af" stroke-dasharray="3 4"/>`;
  const fits = to - from > CHARACTER * size.length;
  return fits ? line + text((from + to) / 2, TOP - 12, size, 'middle') : line;
}

/** About eight round numbers from 1 to the last evaluation. */
function ticks(last: number): number[] {
  const rough = last / 8;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((m) => m * magnitude >= rough) as number) * magnitude);
  return Array.from({ length: Math.floor(last / step) }, (_, index) => (index + 1) * step);
}

function legend(index: number, label: string, color: string): string {
  const [x, y] = [WIDTH - RIGHT + 16, TOP + 8 + 20 * index];
  return `<line x1="${x}" x2="${x + 18}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="3"/>${text(x + 24, y + 4, label, 'start')}`;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
