import { SETTING_PROPERTIES } from './settings.ts';

const OFFSETS = [-1, -0.5, 0, 0.5, 1];

/** The strengths that a sweep shows, from the least to the most style: around the chosen one, within the range. */
export function sweepStrengths(chosen: number): number[] {
  const { minimum = -3, maximum = 3 } = SETTING_PROPERTIES.strength;
  const centre = Math.min(maximum - 1, Math.max(minimum + 1, chosen));
  return OFFSETS.map((offset) => Math.round(100 * (centre + offset)) / 100);
}
