import { animate } from '../../nst/image/animate.ts';
import { decodeOwn } from '../../nst/image/decode.ts';
import { encodePicture } from '../../nst/image/encode.ts';
import type { Picture } from '../../nst/image/picture.ts';
import { fitWithin, resizePicture } from '../../nst/image/resize.ts';

/** Frames at most, the result among them, and their longer side in pixels. */
const FRAMES = 30;
const FRAME_SIDE = 360;
const FRAME_MS = 120;
const LAST_FRAME_MS = 2500;

/** How a painting comes to be, in few and small frames. Opacity is laid on white. */
export class TimeLapse {
  readonly #frames: Uint8Array[];
  #next: number | undefined;

  /** @param frames - those of an earlier part, as they were kept. */
  constructor(frames: readonly Uint8Array[] = []) {
    this.#frames = [...frames];
  }

  /** The frames so far, as JPEG. */
  get frames(): readonly Uint8Array[] {
    return this.#frames;
  }

  /** Takes a picture in if it is time for a frame; evaluations are the measure of time. */
  async record(iteration: number, iterations: number, preview: () => Promise<Picture>): Promise<void> {
    const interval = iterations / (FRAMES - 1);
    this.#next ??= this.#frames.length * interval;
    // The last evaluation's picture is the result.
    if (iteration < this.#next || iteration >= iterations) return;
    this.#next = Math.max(iteration, this.#next + interval);
    this.#frames.push(await frame(await preview()));
  }

  /** The animation, as WebP, with the result as its last frame. */
  async encode(result: Picture): Promise<Uint8Array> {
    const { width, height } = frameSize(result);
    const frames = [];
    // Levels differ by a pixel in their proportions.
    for (const jpeg of [...this.#frames, await frame(result)]) {
      frames.push(resizePicture(await decodeOwn(jpeg), width, height));
    }
    return animate(frames, { format: 'webp', delayMs: FRAME_MS, holdLastMs: LAST_FRAME_MS });
  }
}

function frame(picture: Picture): Promise<Uint8Array> {
  const { width, height } = frameSize(picture);
  return encodePicture(resizePicture(picture, width, height), { format: 'jpeg' });
}

function frameSize({ width, height }: Picture) {
  return fitWithin(width, height, Math.min(FRAME_SIDE, Math.max(width, height)));
}
