import { add, constant, meanOfSquares, relu, scale, sub } from '../graph/operations.ts';
import { defineLoss, type Term } from './loss.ts';
import { byMethod, weight } from './settings.ts';

/** Mean squared distance of the picture's values from [0, 1]. */
export function gamutTerm(weight: number): Term<'gamut'> {
  return {
    loss: 'gamut',
    weight,
    layers: [],
    value({ picture }) {
      const white = constant(Float32Array.of(1), [1, 1, 1, 1]);
      return add(meanOfSquares(relu(sub(picture, white))), meanOfSquares(relu(scale(picture, -1))));
    },
  };
}

/** Colours that can be shown: what lies outside is cut off at the end, and all that it did for the loss is lost. */
export const gamut = defineLoss({
  name: 'gamut',
  label: 'gamut',
  settings: {
    gamutWeight: byMethod(weight.describe('weight of values outside of black to white'), {
      gatys: 1000,
      neighbour: 1e4,
      mix: 1e4,
    }),
  },
  terms: ({ gamutWeight = 0 }) => [gamutTerm(gamutWeight)],
});
