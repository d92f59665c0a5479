import { inspect } from 'node:util';
import { cachedEngine } from '../../../src/nst/engines/cached.ts';
import { onnxEngine } from '../../../src/nst/engines/onnx.ts';
import { paintWith } from '../../../src/queue/paint.ts';
import { readPainterArguments } from '../../../src/queue/painter-arguments.ts';
import { serve } from '../../../src/queue/serve.ts';
import { openPictureFolder } from '../../../src/store/pictures.ts';
import { loadTinyWeights, TINY } from '../tiny-network.ts';

// A process that paints for real, as src/painter.ts does, with a network that is small enough for tests.

const { picturesFolder, checkpointFolder, checkpointMs, maxPixels } = readPainterArguments(process.argv);
const engine = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });

serve(
  paintWith({
    engine: cachedEngine(engine, { maxBytes: 10e6 }),
    pictures: openPictureFolder(picturesFolder),
    checkpointFolder,
    checkpointMs,
    limits: { maxPixels },
    progressMs: 20,
    thumbnailMs: 100,
    version: 'test',
    onError: (error) => process.stderr.write(`${inspect(error)}\n`),
  }),
);
