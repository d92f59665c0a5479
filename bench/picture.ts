// Measures one whole picture with the default settings, in a process of its own. Argument: size in pixels.
import { encodePicture, thumbnail } from '../src/nst/image/encode.ts';
import { stylize } from '../src/nst/stylize.ts';
import { engine, samplePair } from './support.ts';

const size = Number(process.argv[2]);
const started = performance.now();
let firstPreviewMs: number | undefined;
const { picture } = await stylize(
  await samplePair(size),
  { size },
  {
    engine,
    onProgress: async (progress) => {
      if (firstPreviewMs !== undefined || progress.iteration < 10) return;
      await thumbnail(await progress.preview(), 256, 'jpeg');
      firstPreviewMs = performance.now() - started;
    },
  },
);
await encodePicture(picture, { format: 'png' });
process.stdout.write(
  `${JSON.stringify({
    firstPreviewMs,
    totalMs: performance.now() - started,
    width: picture.width,
    height: picture.height,
    peakMb: process.resourceUsage().maxRSS / 1e3,
  })}\n`,
);
