import { decodePicture } from '../src/nst/image/decode.ts';
import { encodePicture } from '../src/nst/image/encode.ts';
import type { Picture } from '../src/nst/image/picture.ts';
import type { StylizeOptions } from '../src/nst/settings.ts';
import { sizeAbove } from '../src/nst/sizes.ts';
import { stylize } from '../src/nst/stylize.ts';
import { warmStart } from '../src/nst/warm.ts';
import { engine, samplePair } from './support.ts';

/** Where a painting stands after a step of the optimiser. */
export interface Point {
  /** Evaluations made. */
  readonly iteration: number;
  readonly loss: number;
  /** Milliseconds since the painting began. */
  readonly ms: number;
  /** The same of all processors' time: other programs on the machine lengthen it less. */
  readonly cpuMs: number;
}

/** A painting with one setting changed, from the beginning and from the finished painting before the change. */
export interface WarmStart {
  readonly change: string;
  /** The end of the painting from the beginning. */
  readonly cold: Point;
  /** Where the painting from the picture has the loss of the other; undefined where it takes too long. */
  readonly reached: Point | undefined;
  /** Where the painting from the picture ends. */
  readonly ended: Point;
}

/** Evaluations against those of {@link warmStart} after which the same loss is no longer waited for. */
const PATIENCE = 1.6;

/** Paints the sample pair at a size with default settings, and for each change again, cold and warm. */
export async function* warmStarts(size: number): AsyncGenerator<WarmStart> {
  const above = sizeAbove(size) ?? size;
  const changes: Record<string, StylizeOptions> = {
    'strength +0.5': { strength: 0.5 },
    'strength −0.5': { strength: -0.5 },
    'the photograph’s colours': { colors: 'content' },
    'strokes ×1.5': { styleScale: 1.5 },
    [`${size} → ${above} px`]: { size: above },
  };
  const { picture } = await painted(size, {});
  const parent = await decodePicture(await encodePicture(picture, { format: 'png' }));
  for (const [change, options] of Object.entries(changes)) {
    const to = options.size ?? size;
    const cold = (await painted(to, options)).curve.at(-1) as Point;
    const warm = warmStart({ size: to, ...options });
    const evaluations = warm.iterations as number;
    const { curve } = await painted(to, { ...warm, iterations: Math.ceil(PATIENCE * evaluations) }, parent);
    yield {
      change,
      cold,
      reached: curve.find(({ loss }) => loss <= cold.loss),
      ended: curve.findLast(({ iteration }) => iteration <= evaluations) as Point,
    };
  }
}

async function painted(
  size: number,
  options: StylizeOptions,
  init?: Picture,
): Promise<{ picture: Picture; curve: Point[] }> {
  const curve: Point[] = [];
  const before = process.cpuUsage();
  const cpuMs = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const { picture } = await stylize(
    { ...(await samplePair(size)), ...(init && { init }) },
    { size, ...options },
    {
      engine,
      onProgress: ({ iteration, loss, elapsedMs }) =>
        void curve.push({ iteration, loss: loss.total, ms: elapsedMs, cpuMs: cpuMs() }),
    },
  );
  return { picture, curve };
}
