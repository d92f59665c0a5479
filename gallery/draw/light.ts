import type { Canvas } from './canvas.ts';
import { clamp } from './math.ts';

/** How light rakes over the paint. */
export interface Light {
  /** Change of brightness for a slope of one pixel a pixel, 0…1. */
  readonly shade: number;
  /** Brightness of the reflections on wet-looking paint, 0…1. */
  readonly gloss: number;
}

/** Lights the relief from the upper left, brightening slopes that face the light and shading the others. */
export function rake(canvas: Canvas, light: Light): void {
  const { width, height, color } = canvas;
  const relief = soften(canvas.relief, width, height);
  const at = (x: number, y: number) =>
    relief[Math.min(height - 1, y) * width + Math.min(width - 1, x)] as number;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const here = at(x, y);
      const slope = 0.6 * (at(x + 1, y) - here) + 0.8 * (at(x, y + 1) - here);
      const factor = 1 + clamp(light.shade * slope, -0.55, 0.45);
      const shine = light.gloss * clamp(slope - 0.35, 0, 1) ** 2;
      for (let c = 3 * i; c < 3 * i + 3; c++) {
        color[c] = clamp((color[c] as number) * factor + shine);
      }
    }
  }
}

/** Three-by-three mean: takes the jaggedness of single pixels out of the relief. */
function soften(values: Float32Array, width: number, height: number): Float32Array {
  const pass = (source: Float32Array, step: number, limit: (i: number) => boolean) =>
    source.map((value, i) =>
      limit(i) ? value : ((source[i - step] as number) + value + (source[i + step] as number)) / 3,
    );
  const rows = pass(values, 1, (i) => i % width === 0 || i % width === width - 1);
  return pass(rows, width, (i) => i < width || i >= width * (height - 1));
}
