import type { StylizeOptions } from './settings.ts';

/** Ready-made choices of size, care and network. */
export const PRESETS = {
  draft: { size: 256, iterations: 80, network: 'compact', layers: 'light' },
  standard: { size: 512, iterations: 180, network: 'auto', layers: 'light' },
  fine: { size: 768, iterations: 300, network: 'auto', layers: 'light' },
} as const satisfies Record<string, StylizeOptions>;

export type PresetName = keyof typeof PRESETS;
