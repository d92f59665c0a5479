import { ImpastoError } from './errors.ts';
import type { Aim, Measures, Term } from './losses/loss.ts';
import { LOSSES, type LossName } from './losses/losses.ts';
import type { LayerName, Pooling } from './network.ts';
import type { StylizeSettings } from './settings.ts';

/** What a picture is to be like: a weighted sum of terms on one network. */
export interface Objective {
  readonly pooling: Pooling;
  readonly terms: readonly Term<LossName>[];
}

/** The loss, whole and by the losses that it is the sum of, weights included. */
export interface LossParts {
  readonly total: number;
  readonly parts: Readonly<Partial<Record<LossName, number>>>;
}

/** What has to be measured on the pictures of a painting. */
export interface PictureMeasures {
  readonly photograph: Required<Measures>;
  readonly paintings: Required<Measures>;
  /** On the picture that a pass begins with. */
  readonly result: Required<Measures>;
}

/** The weighted loss from the terms' unweighted values, in the order of the terms. */
export function weigh({ terms }: Objective, values: readonly number[]): LossParts {
  let total = 0;
  const parts: Partial<Record<LossName, number>> = {};
  terms.forEach(({ loss, weight }, index) => {
    const value = weight * (values[index] as number);
    total += value;
    parts[loss] = (parts[loss] ?? 0) + value;
  });
  return { total, parts };
}

/** The layers that the terms look at, each once. */
export function layersOfTerms({ terms }: Objective): LayerName[] {
  return [...new Set(terms.flatMap(({ layers }) => layers))];
}

/** What all losses need to have measured. */
export function measuresOf(settings: StylizeSettings): PictureMeasures {
  const wanted = LOSSES.map((loss) => ('measures' in loss && loss.measures?.(settings)) || {});
  const all = (picture: keyof PictureMeasures): Required<Measures> => {
    const layers = (kind: keyof Measures) => [
      ...new Set(wanted.flatMap((each: Partial<Record<string, Measures>>) => each[picture]?.[kind] ?? [])),
    ];
    return { activations: layers('activations'), grams: layers('grams'), places: layers('places') };
  };
  return { photograph: all('photograph'), paintings: all('paintings'), result: all('result') };
}

/** The layers that have to be measured somewhere, each once. */
export function measuredLayers(settings: StylizeSettings): LayerName[] {
  const { photograph, paintings, result } = measuresOf(settings);
  return [
    ...new Set(
      [photograph, paintings, result].flatMap(({ activations, grams, places }) => [
        ...activations,
        ...grams,
        ...places,
      ]),
    ),
  ];
}

/**
 * Builds the objective of a pass. With `energy` normalisation the terms are relative to what they aim at and layer
 * weights sum to 1, so that weights mean the same at every layer, size and network. With `gatys` normalisation the terms
 * have the factors of the paper's equations 1 and 4, so that published weights can be used.
 *
 * @throws ImpastoError `bad-setting` when all weights are 0.
 */
export async function buildObjective(settings: StylizeSettings, aim: Aim): Promise<Objective> {
  const terms: Term<LossName>[] = [];
  for (const loss of LOSSES) terms.push(...(await loss.terms(settings, aim)));
  const weighted = terms.filter(({ weight }) => weight > 0);
  if (weighted.length === 0) {
    throw new ImpastoError('bad-setting', 'All weights are 0: there is nothing to aim at.', {
      advice: 'Give the content, the style or the total variation a weight above 0.',
    });
  }
  return { pooling: settings.pooling, terms: weighted };
}
