import { content } from './content.ts';
import { gamut } from './gamut.ts';
import { gram } from './gram.ts';
import { neighbour } from './neighbour.ts';
import { totalVariation } from './total-variation.ts';

/** The family, in the order in which it is reported. */
export const LOSSES = [content, gram, neighbour, totalVariation, gamut] as const;

/** Name of a loss in reports. */
export type LossName = (typeof LOSSES)[number]['name'];
