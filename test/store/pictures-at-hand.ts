import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openPictureFolder, type PictureStore } from '../../src/store/pictures.ts';

/** A folder of pictures for each test, and a view of its files. */
export interface PicturesAtHand {
  /** The temporary folder that holds everything. */
  readonly folder: string;
  /** The folder of pictures, which is made with the first one. */
  readonly root: string;
  readonly pictures: PictureStore;
  fileOf(hash: string): string;
  put(content: string): Promise<string>;
  text(hash: string): Promise<string>;
  /** All files, as paths in the folder of pictures. */
  files(): Promise<string[]>;
  /** Makes a file look as if it had been used last at a time, in milliseconds since 1970. */
  setUsed(file: string, time: number): Promise<void>;
}

/** Gives each test of a file a folder of pictures of its own. */
export function usePictures(): PicturesAtHand {
  let folder: string;
  let pictures: PictureStore;
  const root = () => path.join(folder, 'data', 'pictures');
  const fileOf = (hash: string) => path.join(root(), hash.slice(0, 2), hash);
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'impasto-pictures-'));
    pictures = openPictureFolder(root());
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    get root() {
      return root();
    },
    get pictures() {
      return pictures;
    },
    fileOf,
    put: (content) => pictures.put(Buffer.from(content)),
    text: async (hash) => Buffer.from(await pictures.get(hash)).toString(),
    async files() {
      const entries = await readdir(root(), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root(), path.join(entry.parentPath, entry.name)))
        .sort();
    },
    setUsed: (file, time) => utimes(file, time / 1000, time / 1000),
  };
}
