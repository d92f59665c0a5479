import { gramMatrix } from '../graph/features.ts';
import { constant, mul, sub, sumOfSquares } from '../graph/operations.ts';
import type { LayerName } from '../network.ts';
import { addScaled, dot } from '../vector.ts';
import { defineLoss, type Term } from './loss.ts';
import { byMethod, layerShares, namesOf, weight } from './settings.ts';

/**
 * ‖G − target‖² at a layer, with G = F·Fᵀ/(h·w) (Gatys et al. 2015, eq. 3 to 5). Target: C×C. The mask, h×w, multiplies F
 * before the product.
 */
export function gramTerm(
  layer: LayerName,
  target: Float32Array,
  weight: number,
  mask?: Float32Array,
): Term<'gram'> {
  return {
    loss: 'gram',
    weight,
    layers: [layer],
    value({ seen }) {
      const { f, ...map } = seen(layer);
      const [, , height, width] = f.shape as [number, number, number, number];
      const masked = mask ? mul(f, constant(mask, [1, 1, height, width])) : f;
      const g = gramMatrix({ f: masked, ...map });
      return sumOfSquares(sub(g, constant(target, g.shape)));
    },
  };
}

/** The Gram matrices of the paintings. */
export const gram = defineLoss({
  name: 'gram',
  label: 'style',
  settings: {
    styleWeight: byMethod(weight.describe('style weight β, of the Gram matrices'), {
      gatys: 100,
      neighbour: undefined,
      mix: 100,
    }),
  },
  measures: ({ styleLayers, styleWeight }) =>
    styleWeight ? { paintings: { grams: namesOf(styleLayers) } } : {},
  terms({ styleLayers, styleWeight = 0, styleBlend, normalization, strength }, { paintings, mask, stride }) {
    if (styleWeight === 0) return [];
    const raw = normalization === 'gatys';
    return layerShares(styleLayers, raw).map(({ layer, weight }) => {
      const target = blended(
        paintings.map(({ grams }) => grams.get(layer) as Float32Array),
        styleBlend,
      );
      // Equation 4 divides by 4·N² (N channels) and by M², which the Gram matrix here has in it already. A blank
      // painting must not make the weight infinite.
      const factor = raw ? 1 / (4 * target.length) : 1 / Math.max(dot(target, target), 1e-12);
      const masked = mask && meanOverMask(mask(stride(layer)));
      return gramTerm(layer, target, styleWeight * 10 ** (strength / 2) * weight * factor, masked);
    });
  },
});

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
function meanOverMask(mask: Float32Array): Float32Array {
  const scale = Math.sqrt(mask.length / Math.max(dot(mask, mask), 1e-12));
  return mask.map((value) => value * scale);
}
