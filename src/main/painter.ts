import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { openNetworks } from '../nst/networks.ts';
import { openWeights } from '../nst/weights/store.ts';
import { readPainterArguments } from '../queue/painters/painter-arguments.ts';
import { paintWith } from '../queue/painting/paint.ts';
import { serve } from '../queue/painting/serve.ts';
import { openPlace } from '../store/open-place.ts';
import type { PicturesPlace } from '../store/places.ts';

// The process that paints, started by painters.ts: wires its parts and serves.

/** Bytes of measured targets to remember: those of all levels up to about 1500 pixels. */
const CACHE_BYTES = 128e6;

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
const given = readPainterArguments<PicturesPlace>(process.argv);
const { place, checkpointMs, threads, engines, warnings } = given;
let onActivity = () => {};
let onRetire = () => {};
const weights = openWeights({
  ...given.weights,
  onProgress: () => onActivity(),
});
const paint = paintWith({
  networks: openNetworks({
    weights,
    engines,
    threads,
    cacheBytes: CACHE_BYTES,
    onFallback: ({ from, error }) => {
      process.stderr.write(`${from}: ${inspect(error)}\n`);
      // A device that was lost is lost to this process.
      if (error.code === 'engine-failed') onRetire();
    },
  }),
  // Who asks an S3 store is in the environment, where AWS's SDK finds it.
  ...(await openPlace(place)),
  checkpointMs,
  version,
  ...(warnings && { warnings }),
  onError: (error) => process.stderr.write(`${inspect(error)}\n`),
});

serve((task, hooks) => {
  ({ onActivity, onRetire } = hooks);
  return paint(task, hooks);
});
