import type { Rgb } from './color.ts';
import { clamp } from './math.ts';

/** A picture being drawn: colour, and the height of the paint on it. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** sRGB, three values (0…1) a pixel, rows from the top. */
  readonly color: Float32Array;
  /** Height of the paint, one value a pixel, in pixels. */
  readonly relief: Float32Array;
  /** The last stroke that touched each pixel, so that no stroke paints a pixel twice. */
  readonly touched: Uint32Array;
  strokes = 0;
  /** Where set, a stroke covers only pixels with the value found at its middle, as along masking tape. */
  stencil: Uint32Array | undefined;

  /** Width and height in pixels. */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.color = new Float32Array(3 * width * height);
    this.relief = new Float32Array(width * height);
    this.touched = new Uint32Array(width * height);
  }

  /** Width over height: drawing coordinates run from 0 to `aspect` and from 0 to 1. */
  get aspect(): number {
    return this.width / this.height;
  }

  /** Calls `visit` with each pixel's index and its centre in units of the height. */
  each(visit: (index: number, x: number, y: number) => void): void {
    for (let j = 0, i = 0; j < this.height; j++) {
      const y = (j + 0.5) / this.height;
      for (let k = 0; k < this.width; k++, i++) visit(i, (k + 0.5) / this.height, y);
    }
  }

  /** Colours every pixel by its centre. */
  fill(paint: (x: number, y: number) => Rgb): void {
    this.each((i, x, y) => {
      this.color.set(paint(x, y), 3 * i);
    });
  }

  /** Index of the pixel at a place in units of the height, moved inside the picture. */
  indexAt(x: number, y: number): number {
    const column = clamp(Math.floor(x * this.height), 0, this.width - 1);
    return clamp(Math.floor(y * this.height), 0, this.height - 1) * this.width + column;
  }

  get(index: number): Rgb {
    const at = 3 * index;
    return [this.color[at] as number, this.color[at + 1] as number, this.color[at + 2] as number];
  }

  /** Covers a pixel with `color`; `opacity` 0…1. */
  cover(index: number, [r, g, b]: Rgb, opacity: number): void {
    const at = 3 * index;
    const rest = 1 - opacity;
    this.color[at] = (this.color[at] as number) * rest + r * opacity;
    this.color[at + 1] = (this.color[at + 1] as number) * rest + g * opacity;
    this.color[at + 2] = (this.color[at + 2] as number) * rest + b * opacity;
  }

  /** Glazes a pixel: multiplies its colour by `filter` raised to `density` (0 leaves it as it is). */
  glaze(index: number, filter: Rgb, density: number): void {
    for (let c = 0; c < 3; c++) {
      const at = 3 * index + c;
      this.color[at] = (this.color[at] as number) * (filter[c] as number) ** density;
    }
  }
}
