import { seededRandom } from '../../src/nst/random.ts';
import type { GalleryPair } from './pairs.ts';
import { letterOf } from './sheet.ts';

/** What the sheets keep from who chooses. */
export interface Key {
  /** What the orders were drawn from. */
  readonly seed: number;
  /** By a pair's title, its variants in the order of their letters. */
  readonly orders: Readonly<Record<string, readonly string[]>>;
}

/** Draws an order of the variants for each pair; the same seed draws the same again. */
export function drawKey(titles: readonly string[], variants: readonly string[], seed: number): Key {
  const random = seededRandom(seed);
  const shuffled = () => {
    const rest = [...variants];
    return variants.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as string);
  };
  return { seed, orders: Object.fromEntries(titles.map((title) => [title, shuffled()])) };
}

/**
 * Counts the choices by variant: of all pairs and of each kind.
 *
 * @param votes - by a pair's title, the letter that was chosen, small or capital; pairs that are left out count for none.
 * @throws Error for a title or a letter that is on no sheet.
 */
export function tally(
  votes: Readonly<Record<string, string>>,
  key: Key,
  pairs: readonly GalleryPair[],
): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const [title, letter] of Object.entries(votes)) {
    const chosen = key.orders[title]?.find((_, index) => letterOf(index) === letter.toLowerCase());
    const kind = pairs.find((pair) => pair.title === title)?.kind;
    if (chosen === undefined || kind === undefined) throw new Error(`No sheet has ${letter} of ${title}.`);
    const own = counts.get(chosen) ?? new Map<string, number>();
    for (const group of ['all', kind]) own.set(group, (own.get(group) ?? 0) + 1);
    counts.set(chosen, own);
  }
  return counts;
}
