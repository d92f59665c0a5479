import { distanceTo } from './distance.ts';
import { scatter } from './paint.ts';
import type { Random } from './random.ts';

/** A pane of glass or a stone of a mosaic, by its middle in units of the picture's height. */
export interface Cell {
  x: number;
  y: number;
  /** Direction of its sides in radians. */
  angle: number;
  part: number;
}

/** How a picture is divided into cells. */
export interface Plan {
  /** Mean distance between cells in units of the picture's height. */
  readonly spacing: number;
  /** Length of a cell along its angle relative to its width. */
  readonly stretch: number;
  /** Rectangular cells instead of polygons. */
  readonly square: boolean;
  /** Which thing of the scene is at a place: no cell reaches from one into another. */
  part(x: number, y: number): number;
  angle(x: number, y: number): number;
}

export interface Tessellation {
  readonly cells: readonly Cell[];
  /** Index of each pixel's cell. */
  readonly owner: Int32Array;
  /** Distance of each pixel to the nearest edge of a cell, in pixels. */
  readonly edge: Float32Array;
}

/** Divides a picture of the given size in pixels into cells of even size (centroidal, by Lloyd's method). */
export function tessellate(width: number, height: number, plan: Plan, random: Random): Tessellation {
  const cells: Cell[] = scatter(width / height, plan.spacing, random).map(([x, y]) => ({
    x,
    y,
    angle: 0,
    part: 0,
  }));
  // The cells settle on a coarse copy of the picture; only their final edges need every pixel.
  const coarseHeight = Math.round(height / 4);
  const coarseWidth = Math.round((coarseHeight * width) / height);
  const coarseParts = partsOf(coarseWidth, coarseHeight, plan);
  for (let round = 0; round < 10; round++) {
    align(cells, plan);
    settle(cells, coarseParts, coarseWidth, coarseHeight, plan);
    recentre(cells, claim(coarseWidth, coarseHeight, cells, coarseParts, plan), coarseWidth, coarseHeight);
  }
  align(cells, plan);
  settle(cells, coarseParts, coarseWidth, coarseHeight, plan);
  const owner = claim(width, height, cells, partsOf(width, height, plan), plan);
  const seam = Uint8Array.from(owner, (cell, i) => {
    const right = i % width < width - 1 && owner[i + 1] !== cell;
    const below = i + width < owner.length && owner[i + width] !== cell;
    return right || below ? 1 : 0;
  });
  return { cells, owner, edge: distanceTo(seam, width, height) };
}

function partsOf(width: number, height: number, plan: Plan): Int32Array {
  return Int32Array.from({ length: width * height }, (_, i) =>
    plan.part(((i % width) + 0.5) / height, (Math.floor(i / width) + 0.5) / height),
  );
}

function align(cells: Cell[], plan: Plan): void {
  for (const cell of cells) {
    cell.part = plan.part(cell.x, cell.y);
    cell.angle = plan.angle(cell.x, cell.y);
  }
}

/** Gives every part that has no cell, being small, one in its middle. */
function settle(cells: Cell[], parts: Int32Array, width: number, height: number, plan: Plan): void {
  const settled = new Set(cells.map(({ part }) => part));
  const empty = new Map<number, number[]>();
  parts.forEach((part, i) => {
    if (settled.has(part)) return;
    const pixels = empty.get(part);
    if (pixels) pixels.push(i);
    else empty.set(part, [i]);
  });
  for (const [part, pixels] of empty) {
    const i = pixels[pixels.length >> 1] as number;
    const x = ((i % width) + 0.5) / height;
    const y = (Math.floor(i / width) + 0.5) / height;
    cells.push({ x, y, angle: plan.angle(x, y), part });
  }
}

function recentre(cells: Cell[], owner: Int32Array, width: number, height: number): void {
  const sums = new Float64Array(3 * cells.length);
  owner.forEach((cell, i) => {
    sums[3 * cell] = (sums[3 * cell] as number) + ((i % width) + 0.5) / height;
    sums[3 * cell + 1] = (sums[3 * cell + 1] as number) + (Math.floor(i / width) + 0.5) / height;
    sums[3 * cell + 2] = (sums[3 * cell + 2] as number) + 1;
  });
  cells.forEach((cell, k) => {
    const count = sums[3 * k + 2] as number;
    if (count === 0) return;
    cell.x = (sums[3 * k] as number) / count;
    cell.y = (sums[3 * k + 1] as number) / count;
  });
}

/** Gives each pixel to the nearest cell of its own part, or of any part where none is near. */
function claim(width: number, height: number, cells: Cell[], parts: Int32Array, plan: Plan): Int32Array {
  const size = plan.spacing;
  const columns = Math.ceil(width / height / size) + 4;
  const rows = Math.ceil(1 / size) + 4;
  const buckets: number[][] = Array.from({ length: columns * rows }, () => []);
  cells.forEach((cell, k) => {
    buckets[(Math.floor(cell.y / size) + 2) * columns + Math.floor(cell.x / size) + 2]?.push(k);
  });
  const cos = cells.map(({ angle }) => Math.cos(angle));
  const sin = cells.map(({ angle }) => Math.sin(angle));
  const along = 1 / Math.sqrt(plan.stretch);

  return Int32Array.from(parts, (part, i) => {
    const x = ((i % width) + 0.5) / height;
    const y = (Math.floor(i / width) + 0.5) / height;
    const column = Math.floor(x / size) + 2;
    const row = Math.floor(y / size) + 2;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let r = row - 2; r <= row + 2; r++) {
      for (let c = column - 2; c <= column + 2; c++) {
        for (const k of buckets[r * columns + c] ?? []) {
          const cell = cells[k] as Cell;
          const dx = x - cell.x;
          const dy = y - cell.y;
          const u = (dx * (cos[k] as number) + dy * (sin[k] as number)) * along;
          const v = (dy * (cos[k] as number) - dx * (sin[k] as number)) / along;
          const reach = plan.square
            ? Math.max(Math.abs(u), Math.abs(v)) + 0.15 * Math.hypot(u, v)
            : Math.hypot(u, v);
          const distance = cell.part === part ? reach : reach + 1;
          if (distance < least) {
            least = distance;
            best = k;
          }
        }
      }
    }
    return best;
  });
}
