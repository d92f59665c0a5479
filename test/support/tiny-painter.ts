import { cachedEngine } from '../../src/nst/engines/cached.ts';
import type { Engine } from '../../src/nst/engines/engine.ts';
import { fallbackEngine } from '../../src/nst/engines/fallback.ts';
import { onnxEngine } from '../../src/nst/engines/onnx.ts';
import { readPainterArguments } from '../../src/queue/painters/painter-arguments.ts';
import { paintWith } from '../../src/queue/painting/paint.ts';
import { serve } from '../../src/queue/painting/serve.ts';
import { openPlace } from '../../src/store/open-place.ts';
import type { PicturesPlace } from '../../src/store/places.ts';
import { failingEngine } from './failing-engine.ts';
import { loadTinyWeights, TINY } from './tiny-network.ts';

// A painting process like src/main/painter.ts, on a network that is small enough for tests. Its GPUs do not last: CUDA's
// driver crashes after so many evaluations, WebGPU's device is lost.
const EVALUATIONS = 40;

const { place, checkpointMs, engines, warnings } = readPainterArguments<PicturesPlace>(process.argv);
const tiny = onnxEngine({ network: TINY, loadWeights: loadTinyWeights, threads: 1 });
const opened = await openPlace(place);
const cpu = cachedEngine(tiny, { maxBytes: 10e6 });
let onRetire = () => {};

function engineFor(told: string[]): Engine {
  const [kind] = engines;
  if (kind === 'onnx-cpu') return cpu;
  const crash = () => process.kill(process.pid, 'SIGSEGV');
  return fallbackEngine(
    [failingEngine(cpu, EVALUATIONS, kind === 'onnx-cuda' ? crash : undefined), cpu],
    (each) => {
      told.push(`from ${each.from}`);
      onRetire();
    },
  );
}

serve((task, hooks) => {
  ({ onRetire } = hooks);
  const told: string[] = [];
  return paintWith({
    networks: { choose: async () => ({ engine: engineFor(told), fallback: false, warnings: told }) },
    ...opened,
    checkpointMs,
    progressMs: 20,
    thumbnailMs: 50,
    ...(warnings && { warnings }),
    version: 'test',
    onError: (error) => process.stderr.write(`${error}\n`),
  })(task, hooks);
});
