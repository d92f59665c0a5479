import { mapped } from '../graph/features.ts';
import { constant, meanOfSquares, sub } from '../graph/operations.ts';
import type { LayerName } from '../network.ts';
import { dot } from '../vector.ts';
import { defineLoss, type Term } from './loss.ts';
import { byMethod, layerShares, namesOf, type SharedSettings, weight } from './settings.ts';

/** Mean of (F − target)² at a layer (Gatys et al. 2015, arXiv:1508.06576, eq. 1, as a mean). Target: C×h×w. */
export function contentTerm(layer: LayerName, target: Float32Array, weight: number): Term<'content'> {
  return {
    loss: 'content',
    weight,
    layers: [layer],
    value({ seen }) {
      const f = mapped(seen(layer));
      return meanOfSquares(sub(f, constant(target, f.shape)));
    },
  };
}

/** The activations of the photograph. */
export const content = defineLoss({
  name: 'content',
  label: 'content',
  settings: {
    contentWeight: byMethod(weight.describe('content weight α'), {
      gatys: 1,
      neighbour: 3.5,
      mix: 3.5,
    }),
  },
  measures: ({ contentLayers, contentWeight }) =>
    contentWeight ? { photograph: { activations: namesOf(contentLayers) } } : {},
  terms({ contentLayers, contentWeight = 0, normalization, strength, method }, { photograph }) {
    if (contentWeight === 0) return [];
    const raw = normalization === 'gatys';
    return layerShares(contentLayers, raw).map(({ layer, weight }) => {
      const target = photograph.activations.get(layer) as Float32Array;
      // Equation 1 is half the sum of squares where the term is their mean. A blank photograph must not make the
      // weight infinite.
      const factor = raw ? target.length / 2 : target.length / Math.max(dot(target, target), 1e-12);
      return contentTerm(layer, target, contentWeight * weakening({ strength, method }) * weight * factor);
    });
  },
});

/**
 * Under `gatys` strength shifts content and style apart, half of it on either side, so that the loss keeps its magnitude.
 * Under the others the matching does most of that; the content has to outweigh it where strength is low.
 */
function weakening({ method, strength }: Pick<SharedSettings, 'method' | 'strength'>): number {
  return 10 ** (method === 'gatys' ? -strength / 2 : -strength);
}
