import { ImpastoError } from './errors.ts';
import type { LayerName } from './network.ts';
import type { StylizeSettings, WeightedLayer } from './settings.ts';
import { addScaled, dot } from './vector.ts';

/** How a 2×2 window is reduced between a network's blocks. Gatys et al. found averages to paint better. */
export type Pooling = 'average' | 'max';

/**
 * One summand of the objective, as plain data. An engine computes each term's unweighted value; the loss is the
 * sum of weight × value. F are the activations of a layer, C channels of h × w.
 */
export type Term =
  /** Mean of (F − target)² (Gatys et al. 2015, arXiv:1508.06576, eq. 1, as a mean). Target: C×h×w. */
  | {
      readonly kind: 'content';
      readonly layer: LayerName;
      readonly weight: number;
      readonly target: Float32Array;
    }
  /**
   * ‖G − target‖² with G = F·Fᵀ/(h·w) (eq. 3 to 5). Target: C×C. The mask, h×w, multiplies F before the product.
   */
  | {
      readonly kind: 'style';
      readonly layer: LayerName;
      readonly weight: number;
      readonly target: Float32Array;
      readonly mask?: Float32Array;
    }
  /** Mean squared difference of neighbours, down and across, over all channels of the picture. */
  | { readonly kind: 'tv'; readonly weight: number };

/** What a picture is to be like: a weighted sum of terms on one network. */
export interface Objective {
  readonly pooling: Pooling;
  readonly terms: readonly Term[];
}

/** The loss, whole and by kind of term, weights included. */
export interface LossParts {
  readonly total: number;
  readonly content: number;
  readonly style: number;
  readonly tv: number;
}

/** The weighted loss from the terms' unweighted values, in the order of the terms. */
export function weigh({ terms }: Objective, values: readonly number[]): LossParts {
  const parts = { content: 0, style: 0, tv: 0 };
  terms.forEach(({ kind, weight }, index) => {
    parts[kind] += weight * (values[index] as number);
  });
  return { total: parts.content + parts.style + parts.tv, ...parts };
}

/** The layers that the terms look at, each once. */
export function layersOfTerms({ terms }: Objective): LayerName[] {
  return [...new Set(terms.flatMap((term) => (term.kind === 'tv' ? [] : [term.layer])))];
}

/** What the objective of one level aims at: measured on the photograph and on the paintings at that level's size. */
export interface Targets {
  /** Activations of the photograph, C×h×w, by layer. */
  readonly activations: ReadonlyMap<LayerName, Float32Array>;
  /** Gram matrices of each painting, C×C, by layer. */
  readonly grams: readonly ReadonlyMap<LayerName, Float32Array>[];
  /** Share of each painting, as many as paintings, summing to 1. */
  readonly blend: readonly number[];
  /** The mask at each style layer's resolution, h×w, in [0, 1]. */
  readonly masks?: ReadonlyMap<LayerName, Float32Array>;
}

/**
 * Builds the objective. With `energy` normalisation each term is divided by its target's energy (mean square of
 * activations, ‖T‖² of Gram matrices) and by the sum of its kind's layer weights, so that weights mean the same
 * at every layer, size and network. With `gatys` normalisation the terms have the factors of the paper's
 * equations 1 and 4, so that published weights can be used.
 */
export function buildObjective(settings: StylizeSettings, targets: Targets): Objective {
  const { contentLayers, styleLayers, normalization, tvWeight, pooling } = settings;
  const { content, style } = balance(settings);
  const raw = normalization === 'gatys';
  const terms: Term[] = [];
  for (const { layer, weight } of shares(contentLayers, raw)) {
    const target = targets.activations.get(layer) as Float32Array;
    // Equation 1 is half the sum of squares where the term is their mean.
    const factor = raw ? target.length / 2 : target.length / energy(target);
    terms.push({ kind: 'content', layer, weight: content * weight * factor, target });
  }
  for (const { layer, weight } of shares(styleLayers, raw)) {
    const target = blended(
      targets.grams.map((grams) => grams.get(layer) as Float32Array),
      targets.blend,
    );
    // Equation 4 divides by 4·N² (N channels) and by M², which the Gram matrix here has in it already.
    const factor = raw ? 1 / (4 * target.length) : 1 / energy(target);
    const mask = targets.masks?.get(layer);
    terms.push({
      kind: 'style',
      layer,
      weight: style * weight * factor,
      target,
      ...(mask && { mask: normalizedMask(mask) }),
    });
  }
  terms.push({ kind: 'tv', weight: tvWeight });
  const weighted = terms.filter(({ weight }) => weight > 0);
  if (weighted.length === 0) {
    throw new ImpastoError('bad-setting', 'All weights are 0: there is nothing to aim at.', {
      advice: 'Give the content, the style or the total variation a weight above 0.',
    });
  }
  return { pooling, terms: weighted };
}

/** Strength shifts the two weights apart, half of it on either side, so that the loss keeps its magnitude. */
function balance({ strength, contentWeight, styleWeight }: StylizeSettings): {
  content: number;
  style: number;
} {
  const shift = 10 ** (strength / 2);
  return { content: contentWeight / shift, style: styleWeight * shift };
}

/** Layer weights as they are for the paper's sums; scaled to sum to 1 otherwise. */
function shares(layers: readonly WeightedLayer[], raw: boolean): readonly WeightedLayer[] {
  const sum = raw ? 1 : layers.reduce((total, { weight }) => total + weight, 0) || 1;
  return layers.map(({ layer, weight }) => ({ layer, weight: weight / sum }));
}

/** ‖T‖² for Gram matrices. A target of zeros (a blank picture) must not make the weight infinite. */
function energy(target: Float32Array): number {
  return Math.max(dot(target, target), 1e-12);
}

/**
 * Several paintings blend in their Gram matrices: the gradient of Σ bᵢ‖G − Tᵢ‖² is that of ‖G − Σ bᵢTᵢ‖² when
 * the shares bᵢ sum to 1.
 */
function blended(grams: readonly Float32Array[], blend: readonly number[]): Float32Array {
  const target = new Float32Array(grams[0]?.length ?? 0);
  grams.forEach((gram, index) => {
    addScaled(target, blend[index] as number, gram);
  });
  return target;
}

/** Scales a mask m so that the Gram matrix of the masked activations is their mean over the mask: Σm² = h·w. */
function normalizedMask(mask: Float32Array): Float32Array {
  const scale = Math.sqrt(mask.length / Math.max(dot(mask, mask), 1e-12));
  return mask.map((value) => value * scale);
}
