import sharp from 'sharp';
import { interleaved } from './encode.ts';
import type { Picture } from './picture.ts';

/** Options of {@link animate}. */
export interface AnimationOptions {
  readonly format: 'webp' | 'gif';
  /** How long each frame is shown, in milliseconds. */
  readonly delayMs: number;
  /** How long the last frame is shown, in milliseconds. */
  readonly holdLastMs: number;
}

/** Encodes pictures of one size, all with opacity or none, as an animation that repeats forever. */
export async function animate(frames: readonly Picture[], options: AnimationOptions): Promise<Buffer> {
  const { format, delayMs, holdLastMs } = options;
  const [first] = frames;
  if (!first) throw new Error('An animation has at least one frame');
  const { width, height } = first;
  const channels = first.alpha ? 4 : 3;
  // libvips takes an animation as one tall picture whose pages are the frames.
  const samples = Buffer.concat(frames.map(interleaved));
  const image = sharp(samples, {
    raw: { width, height: height * frames.length, channels, pageHeight: height },
    limitInputPixels: false,
  });
  const delay = frames.map((_, index) => (index === frames.length - 1 ? holdLastMs : delayMs));
  if (format === 'gif') return image.gif({ delay, loop: 0, effort: 7 }).toBuffer();
  return image.webp({ delay, loop: 0, quality: 75 }).toBuffer();
}
