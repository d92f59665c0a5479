import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** A style that comes with the program. */
export interface GalleryStyle {
  /** As it is typed: `whirling-night`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The picture's bytes, WebP. */
  read(): Promise<Uint8Array>;
}

/** Reads the list of the built-in styles from its folder. */
export async function openGallery(folder: string): Promise<readonly GalleryStyle[]> {
  const list: { name: string; title: string; description: string }[] = JSON.parse(
    await readFile(path.join(folder, 'gallery.json'), 'utf8'),
  );
  return list.map(({ name, title, description }) => ({
    name,
    title,
    description,
    read: () => readFile(path.join(folder, `${name}.webp`)),
  }));
}
