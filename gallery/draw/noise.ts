import { TAU } from './math.ts';
import type { Random } from './random.ts';

/** A smooth random function of the plane, about −1…1, with features of about one unit. */
export type Noise = (x: number, y: number) => number;

const fade = (t: number) => t * t * t * (t * (t * 6 - 15) + 10);

/** Gradient noise on the unit lattice, repeating every 256 units. */
export function gradientNoise(random: Random): Noise {
  const order = new Uint8Array(random.shuffle(Array.from({ length: 256 }, (_, i) => i)));
  const gx = Float32Array.from({ length: 256 }, (_, i) => Math.cos((TAU * i) / 256));
  const gy = Float32Array.from({ length: 256 }, (_, i) => Math.sin((TAU * i) / 256));
  const corner = (ix: number, iy: number, dx: number, dy: number): number => {
    const h = order[((order[ix & 255] as number) + iy) & 255] as number;
    return (gx[h] as number) * dx + (gy[h] as number) * dy;
  };
  return (x, y) => {
    const ix = Math.floor(x);
    const iy = Math.floor(y);
    const fx = x - ix;
    const fy = y - iy;
    const u = fade(fx);
    const top = corner(ix, iy, fx, fy) * (1 - u) + corner(ix + 1, iy, fx - 1, fy) * u;
    const low = corner(ix, iy + 1, fx, fy - 1) * (1 - u) + corner(ix + 1, iy + 1, fx - 1, fy - 1) * u;
    return 1.5 * (top + (low - top) * fade(fy));
  };
}

/** Sum of `octaves` copies of `noise`, each twice as fine and half as strong, scaled back to about −1…1. */
export function fractal(noise: Noise, octaves: number): Noise {
  return (x, y) => {
    let sum = 0;
    let weight = 1;
    let total = 0;
    for (let i = 0, scale = 1; i < octaves; i++, scale *= 2) {
      // The shift keeps the lattices of the octaves from coinciding at the origin.
      sum += weight * noise(x * scale + 17.3 * i, y * scale - 9.1 * i);
      total += weight;
      weight /= 2;
    }
    return (1.4 * sum) / total;
  };
}
