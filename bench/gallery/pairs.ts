import { findPicture, type Pair } from '../pairs.ts';

/** What a photograph shows. */
export type Kind = 'portrait' | 'animal' | 'landscape' | 'building' | 'still life';

/** A photograph and a painting as members of a community might send them. */
export interface GalleryPair extends Pair {
  readonly kind: Kind;
}

/** By title: what the photograph shows, its file and the painting's. */
const PAIRS: Readonly<Record<string, readonly [kind: Kind, photograph: string, painting: string]>> = {
  'astronaut-starry_night': ['portrait', 'astronaut.png', 'starry_night.jpg'],
  'president-the_scream': ['portrait', 'president.jpg', 'the_scream.jpg'],
  'statesman-seated-nude': ['portrait', 'statesman.jpg', 'seated-nude.jpg'],
  'friends-autumn-lane': ['portrait', 'friends.jpg', 'autumn-lane.webp'],
  'chelsea-burning-sky': ['animal', 'chelsea.png', 'burning-sky.webp'],
  'dog-pine-woodcut': ['animal', 'dog.png', 'pine-woodcut.webp'],
  'golden_gate-starry_night': ['landscape', 'golden_gate.jpg', 'starry_night.jpg'],
  'mountains-cresting-wave': ['landscape', 'mountains.jpg', 'cresting-wave.webp'],
  'storm-shipwreck': ['landscape', 'storm.jpg', 'shipwreck.jpg'],
  'dune-river-afternoon': ['landscape', 'dune.jpg', 'river-afternoon.webp'],
  'tubingen-rose-garden-window': ['building', 'tubingen.jpg', 'rose-garden-window.webp'],
  'castle-sea-mosaic': ['building', 'castle-maintenon.jpg', 'sea-mosaic.webp'],
  'coffee-counterpoint': ['still life', 'coffee.png', 'counterpoint.webp'],
  'fig-poppy-wash': ['still life', 'fig.jpg', 'poppy-wash.webp'],
};

/**
 * The gallery's pairs, or those of the titles given.
 *
 * @throws Error where there is no pair of a title, or a pair's picture is in none of the folders.
 */
export function galleryPairs(
  folders: readonly string[],
  titles: readonly string[] = Object.keys(PAIRS),
): GalleryPair[] {
  const find = (name: string) => {
    const file = findPicture(name, folders);
    if (file === undefined)
      throw new Error(`${name} is not in ${folders.join(', ')}: run bench/pictures.sh.`);
    return file;
  };
  return titles.map((title) => {
    const pair = PAIRS[title];
    if (pair === undefined) throw new Error(`No pair is called ${title}.`);
    const [kind, photograph, painting] = pair;
    return { title, kind, content: find(photograph), style: find(painting) };
  });
}
