import { fitWithin, type Size } from './image/resize.ts';
import { type LayerName, layersUpTo, VGG19 } from './network.ts';
import { planLevels } from './pyramid.ts';
import type { StylizeSettings } from './settings.ts';
import { SIZE_STEPS } from './sizes.ts';

/** The work of a whole painting in megapixel-evaluations: pixels times evaluations over all levels, in millions. */
export function estimateWork(photograph: Size, settings: StylizeSettings): number {
  return planLevels(photograph, settings).reduce(
    (sum, { width, height, iterations }) => sum + (width * height * iterations) / 1e6,
    0,
  );
}

/**
 * Peak resident memory of a painting process as measured (bench/README.md): light layers 503 MB at 256×256 and
 * 1355 MB at 512×512, the paper's 955 MB and 1709 MB. A base for the program and the weights, and bytes for each
 * pixel of the finest level; a tenth is added for what varies.
 */
const SHALLOW = { base: 220e6, perPixel: 4340 } as const;
const DEEP = { base: 710e6, perPixel: 3830 } as const;
const MARGIN = 1.1;

/** Peak resident memory of the process that paints, in bytes. */
export function estimateMemory(photograph: Size, settings: StylizeSettings): number {
  const names: LayerName[] = [...settings.contentLayers, ...settings.styleLayers].map(({ layer }) => layer);
  const deep = layersUpTo(VGG19, names).some(({ name }) => name.startsWith('conv4'));
  const { base, perPixel } = deep ? DEEP : SHALLOW;
  const { width, height } = fitWithin(photograph.width, photograph.height, settings.size);
  return MARGIN * (base + perPixel * width * height);
}

/** The largest of {@link SIZE_STEPS}, not above the settings' own, whose estimate fits; undefined when none does. */
export function largestSizeWithin(
  bytes: number,
  photograph: Size,
  settings: StylizeSettings,
): number | undefined {
  return SIZE_STEPS.findLast(
    (size) => size <= settings.size && estimateMemory(photograph, { ...settings, size }) <= bytes,
  );
}
