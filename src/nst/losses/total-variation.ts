import { add, scale, slice, sub, sumOfSquares } from '../graph/operations.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import { defineLoss, type Term } from './loss.ts';
import { byMethod, weight } from './settings.ts';

/** Mean squared difference of neighbours, down and across, over all channels of the picture. */
export function totalVariationTerm(weight: number): Term<'tv'> {
  return { loss: 'tv', weight, layers: [], value: ({ picture }) => meanDifference(picture) };
}

/** Smoothness. */
export const totalVariation = defineLoss({
  name: 'tv',
  label: 'total variation',
  settings: {
    tvWeight: byMethod(weight.describe('total variation weight: smooths noise'), {
      gatys: 30,
      neighbour: 15,
      mix: 5,
    }),
  },
  terms: ({ tvWeight = 0 }) => [totalVariationTerm(tvWeight)],
});

function meanDifference(picture: Tensor): Tensor {
  const differences = [2, 3].map((axis) => {
    const extent = picture.shape[axis] as number;
    return sumOfSquares(sub(slice(picture, axis, 1, extent), slice(picture, axis, 0, extent - 1)));
  });
  const pairs = [2, 3].reduce((sum, axis) => {
    const extent = picture.shape[axis] as number;
    return sum + (elements(picture.shape) / extent) * (extent - 1);
  }, 0);
  return scale(differences.reduce(add), 1 / pairs);
}
