import { cachedEngine } from '../../src/nst/engines/cached.ts';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import { openCheckpointFolder } from '../../src/queue/checkpoint-folder.ts';
import { paintWith } from '../../src/queue/paint.ts';
import { readPainterArguments } from '../../src/queue/painter-arguments.ts';
import { serve } from '../../src/queue/serve.ts';
import { openPictureFolder } from '../../src/store/pictures.ts';
import { loadTinyWeights, TINY } from './tiny-network.ts';

// A painting process like src/painter.ts, on a network that is small enough for tests.
const { picturesFolder, checkpointFolder, checkpointMs, maxPixels } = readPainterArguments(process.argv);
const tiny = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
const engine = cachedEngine(tiny, { maxBytes: 10e6 });
serve(
  paintWith({
    networks: { choose: async () => ({ engine, fallback: false }) },
    pictures: openPictureFolder(picturesFolder),
    checkpoints: openCheckpointFolder(checkpointFolder),
    checkpointMs,
    progressMs: 20,
    thumbnailMs: 50,
    limits: { maxPixels },
    version: 'test',
    onError: (error) => process.stderr.write(`${error}\n`),
  }),
);
