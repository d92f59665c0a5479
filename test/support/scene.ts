import type { Picture } from '../../src/nst/image/picture.ts';

/** Smooth colours, so that the picture means something at several sizes. */
export function scene(width: number, height: number, phase: number): Picture {
  const rgb = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y, channel] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    return 0.5 + 0.4 * Math.sin(phase + x / (3 + channel) + y / 5);
  });
  return { width, height, rgb };
}

/** One colour everywhere. */
export function plain(width: number, height: number, colour: readonly [number, number, number]): Picture {
  const area = width * height;
  return {
    width,
    height,
    rgb: Float32Array.from({ length: 3 * area }, (_, i) => colour[Math.floor(i / area)] as number),
  };
}
