import sharp from 'sharp';
import type { Canvas } from './canvas.ts';
import type { Rgb } from './color.ts';
import type { Point } from './math.ts';

/** Colours the canvas with SVG elements whose coordinates are in units of the picture's height. */
export async function drawSvg(canvas: Canvas, elements: readonly string[]): Promise<void> {
  const { width, height, aspect, color } = canvas;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${aspect} 1">${elements.join('')}</svg>`;
  const pixels = await sharp(Buffer.from(svg)).flatten({ background: '#fff' }).removeAlpha().raw().toBuffer();
  for (let i = 0; i < color.length; i++) color[i] = (pixels[i] as number) / 255;
}

/** `rgb(…)` as SVG writes it. */
export function css(color: Rgb): string {
  return `rgb(${color.map((channel) => Math.round(255 * channel)).join(' ')})`;
}

/** A filled polygon. */
export function polygon(points: readonly Point[], fill: string): string {
  return `<polygon points="${coordinates(points)}" fill="${fill}"/>`;
}

/** A line through `points` with round joints; `width` in units of the picture's height. */
export function polyline(points: readonly Point[], stroke: string, width: number): string {
  return `<polyline points="${coordinates(points)}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round" stroke-linecap="round"/>`;
}

/** A filled disc. */
export function disc([x, y]: Point, radius: number, fill: string): string {
  return `<circle cx="${x.toFixed(5)}" cy="${y.toFixed(5)}" r="${radius.toFixed(5)}" fill="${fill}"/>`;
}

function coordinates(points: readonly Point[]): string {
  return points.map(([x, y]) => `${x.toFixed(5)},${y.toFixed(5)}`).join(' ');
}
