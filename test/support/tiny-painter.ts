import { readConfig } from '../../src/config.ts';
import { cachedEngine } from '../../src/nst/engines/cached.ts';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import { paintWith } from '../../src/queue/paint.ts';
import { readPainterArguments } from '../../src/queue/painter-arguments.ts';
import { serve } from '../../src/queue/serve.ts';
import { openPlace } from '../../src/store/open.ts';
import type { PicturesPlace } from '../../src/store/places.ts';
import { loadTinyWeights, TINY } from './tiny-network.ts';

// A painting process like src/painter.ts, on a network that is small enough for tests.
const { place, checkpointMs, maxPixels } = readPainterArguments<PicturesPlace>(process.argv);
const tiny = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
const engine = cachedEngine(tiny, { maxBytes: 10e6 });
serve(
  paintWith({
    networks: { choose: async () => ({ engine, fallback: false, warnings: [] }) },
    ...openPlace(place, readConfig().s3Credentials),
    checkpointMs,
    progressMs: 20,
    thumbnailMs: 50,
    limits: { maxPixels },
    version: 'test',
    onError: (error) => process.stderr.write(`${error}\n`),
  }),
);
