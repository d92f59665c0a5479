import type { Size } from './image/resize.ts';
import { COMPACT, layersUpTo, VGG19 } from './network.ts';
import { measuredLayers } from './objective.ts';
import { type Pass, planPasses } from './pyramid.ts';
import type { StylizeSettings } from './settings.ts';
import { SIZE_STEPS } from './sizes.ts';

/** The work of a whole painting in megapixel-evaluations: pixels times evaluations over all levels, in millions. */
export function estimateWork(photograph: Size, settings: StylizeSettings): number {
  return planPasses(photograph, settings).reduce(
    (sum, { width, height, iterations }) => sum + (width * height * iterations) / 1e6,
    0,
  );
}

/** Bytes of the process itself. */
const PROCESS = 217e6;
/** Bytes for each byte of weights: as read, made ready forwards and backwards, encoded, in the session. */
const WEIGHTS = 8.7;
/** Bytes for each pixel of the finest level, with L-BFGS's curvature pairs up to its default of them. */
const EVALUATION = { vgg19: 6000, compact: 3500 } as const;
const DEFAULT_PAIRS = 10;
/** Bytes for each pixel and further pair: the pair, what is left of former ones, and a checkpoint of it. */
const PAIR = 70;
/** Bytes for each pixel of a painting that is measured, which is done before and forwards only. */
const FEATURES = 1000;
/** Bytes for each pixel of a painting, and of each copy that is turned, whose places are held until they are thinned out. */
const PLACES = 400;

/**
 * Peak resident memory of a process that paints this one picture on ONNX Runtime's CPU kernels, with previews and
 * checkpoints, in bytes; with VGG-19 where the network is left open. It lies 0 to 31 % above these measurements: the runtime's memory grows in
 * steps, and a painting is taken to be square.
 *
 * - `light`: 611 MB at 256×205, 986 at 384×307, 1520 at 512×410, 1635 at 512×512, 2702 at 1024×512, 3109 at
 *   768×614, 3120 at 768×768, 4066 at 896×717, 5224 at 1024×819, 5222 at 1024×1024,
 *   7780 at 1536×1029.
 * - `gatys`: 980 MB at 256×205, 1800 at 512×410, 3429 at 768×614; layers to relu4_2 711 at 256×205.
 * - `light` at 512×410 with Adam 1467 MB, with max pooling 1531, with 19 curvature pairs 1679; at 256×205 with 100
 *   pairs 912, with `styleScale` 2 (a painting of 512×384) 570, with 4 (1024×768) 1027.
 * - the compact network: 413 MB at 256×205, 844 at 512×410, 1535 at 768×614.
 *
 * Layers that end in the first two blocks need up to a quarter less.
 *
 * @throws ImpastoError `unknown-layer` for a layer that the network does not have.
 */
export function estimateMemory(photograph: Size, settings: StylizeSettings): number {
  const { size, styleScale, styleBlend, styleRotations, neighbourWeight, optimizer, history, network } =
    settings;
  const { width, height, iterations } = planPasses(photograph, settings).at(-1) as Pass;
  const pairs = optimizer === 'lbfgs' ? Math.min(history, iterations) : 0;
  const pixel = EVALUATION[network === 'compact' ? network : 'vgg19'];
  const evaluation = width * height * (pixel + PAIR * Math.max(0, pairs - DEFAULT_PAIRS));
  const copies = neighbourWeight ? styleBlend.length * (styleRotations ? 4 : 1) : 0;
  const features = (size * styleScale) ** 2 * (FEATURES + PLACES * copies);
  return PROCESS + WEIGHTS * weightBytes(settings) + Math.max(evaluation, features);
}

function weightBytes(settings: StylizeSettings): number {
  return layersUpTo(settings.network === 'compact' ? COMPACT : VGG19, measuredLayers(settings)).reduce(
    (sum, layer) => (layer.kind === 'conv' ? sum + 4 * 9 * layer.inputs * layer.outputs : sum),
    0,
  );
}

/**
 * The largest of {@link SIZE_STEPS}, not above the settings' own size, whose estimated memory fits into so many
 * bytes; undefined when none does.
 */
export function largestSizeWithin(
  bytes: number,
  photograph: Size,
  settings: StylizeSettings,
): number | undefined {
  return SIZE_STEPS.findLast(
    (size) => size <= settings.size && estimateMemory(photograph, { ...settings, size }) <= bytes,
  );
}
