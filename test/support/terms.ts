import type { Columns } from '../../src/nst/graph/nearest.ts';
import { contentTerm } from '../../src/nst/losses/content.ts';
import { gamutTerm } from '../../src/nst/losses/gamut.ts';
import { gramTerm } from '../../src/nst/losses/gram.ts';
import type { Term } from '../../src/nst/losses/loss.ts';
import type { LossName } from '../../src/nst/losses/losses.ts';
import { neighbourTerm } from '../../src/nst/losses/neighbour.ts';
import { totalVariationTerm } from '../../src/nst/losses/total-variation.ts';
import type { LayerName } from '../../src/nst/network.ts';

/** A term of an objective as plain data, from which the program's term is made and the reference computes. */
export type PlainTerm = { readonly weight: number } & (
  | { readonly loss: 'content'; readonly layer: LayerName; readonly target: Float32Array }
  | {
      readonly loss: 'gram';
      readonly layer: LayerName;
      readonly target: Float32Array;
      readonly mask?: Float32Array;
    }
  | { readonly loss: 'tv' | 'gamut' }
  | {
      readonly loss: 'neighbour';
      /** Features of places to be like, by layer. */
      readonly candidates: ReadonlyMap<LayerName, Columns>;
      /** The candidate of each place of the picture. */
      readonly indices: Float32Array;
      readonly importance?: Float32Array;
      readonly factors?: ReadonlyMap<LayerName, number>;
    }
);

/** The program's term. */
export function termOf(term: PlainTerm): Term<LossName> {
  const { weight } = term;
  switch (term.loss) {
    case 'content':
      return contentTerm(term.layer, term.target, weight);
    case 'gram':
      return gramTerm(term.layer, term.target, weight, term.mask);
    case 'tv':
      return totalVariationTerm(weight);
    case 'gamut':
      return gamutTerm(weight);
    case 'neighbour':
      return neighbourTerm(term, weight);
  }
}
