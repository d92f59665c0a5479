import { interleaved } from './encode.ts';
import sharp from './libvips.ts';
import type { Picture } from './picture.ts';

/** Options of {@link animate}. */
export interface AnimationOptions {
  readonly format: 'webp' | 'gif';
  /** How long each frame is shown, in milliseconds. */
  readonly delayMs: number;
  /** How long the last frame is shown, in milliseconds. */
  readonly holdLastMs: number;
}

/** libvips takes an animation as one tall picture whose pages are the frames; it may have no more rows than this. */
const MAX_ROWS = { webp: 16_383, gif: 65_535 } as const;

/**
 * Encodes pictures of one size, all with opacity or none, as an animation that repeats forever. Of more frames than
 * fit into the encoder's rows (34 of 480 pixels' height in WebP), evenly chosen ones are kept, the last among them.
 */
export async function animate(frames: readonly Picture[], options: AnimationOptions): Promise<Buffer> {
  const { format, delayMs, holdLastMs } = options;
  const [first] = frames;
  if (!first) throw new Error('An animation has at least one frame');
  const { width, height } = first;
  const channels = first.alpha ? 4 : 3;
  const kept = thinned(frames, Math.floor(MAX_ROWS[format] / height));
  const samples = Buffer.concat(kept.map(interleaved));
  const image = sharp(samples, {
    raw: { width, height: height * kept.length, channels, pageHeight: height },
    limitInputPixels: false,
  });
  const delay = kept.map((_, index) => (index === kept.length - 1 ? holdLastMs : delayMs));
  if (format === 'gif') return image.gif({ delay, loop: 0, effort: 7 }).toBuffer();
  return image.webp({ delay, loop: 0, quality: 75 }).toBuffer();
}

function thinned(frames: readonly Picture[], most: number): readonly Picture[] {
  if (frames.length <= most) return frames;
  return Array.from(
    { length: most },
    (_, index) => frames[Math.ceil(((index + 1) * frames.length) / most) - 1] as Picture,
  );
}
