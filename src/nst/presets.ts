import type { StylizeOptions } from './settings.ts';

/**
 * Gatys et al. 2015 (arXiv:1508.06576) to the letter: from white noise, at one size, with averages for maxima in the
 * network, the factors of the equations, and no smoothing. Of the ratios α/β that they name it is 1e-4; β is 1e4, of
 * which each of the five style layers has a fifth. They leave the optimiser open.
 */
const PAPER = {
  method: 'gatys',
  size: 512,
  minSize: 8192,
  iterations: 1000,
  network: 'vgg19',
  layers: 'gatys',
  normalization: 'gatys',
  contentWeight: 1,
  styleWeight: 2000,
  tvWeight: 0,
  gamutWeight: 0,
  pooling: 'average',
  init: 'noise',
  optimizer: 'adam',
} as const satisfies StylizeOptions;

/** Ready-made choices of size, care and network, for any method; and the paper’s own, for its method alone. */
export const PRESETS = {
  draft: { size: 256, iterations: 80, network: 'compact', layers: 'light' },
  standard: { size: 512, network: 'auto', layers: 'light' },
  fine: { size: 768, iterations: 160, network: 'auto', layers: 'light' },
  paper: PAPER,
} as const satisfies Record<string, StylizeOptions>;

export type PresetName = keyof typeof PRESETS;
