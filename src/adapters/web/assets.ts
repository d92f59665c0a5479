import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { type GalleryStyle, openGallery } from '../../bot/gallery.ts';
import type { DeliveryImages } from '../../delivery-images/delivery-images.ts';
import { ownFormat } from '../../delivery-images/formats.ts';
import type { PictureStore } from '../../store/pictures.ts';
import { nothingThere } from './refusals.ts';

/** A photograph to try the studio with. */
export interface Sample {
  readonly name: string;
  readonly title: string;
  readonly credit: string;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = path.join(ROOT, 'studio');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
};

/** Side of a style's thumbnail, in pixels. */
const THUMBNAIL_SIDE = 240;
/** Pictures are named by their content, so what has one never changes. */
const FOREVER = 'private, max-age=31536000, immutable';
const A_DAY = 'private, max-age=86400';

/** What comes with the program: the page's files, sample photographs and the gallery. */
export interface Assets {
  readonly gallery: readonly GalleryStyle[];
  readonly samples: readonly Sample[];
  /** The page's own files, by their address. */
  readonly files: ReadonlyMap<string, { readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> }>;
}

export async function openAssets(): Promise<Assets> {
  const entries = await readdir(PAGE, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries.flatMap((entry) => {
      const type = TYPES[path.extname(entry.name)];
      if (!entry.isFile() || type === undefined) return [];
      const file = path.join(entry.parentPath, entry.name);
      const address = `/${path.relative(PAGE, file).split(path.sep).join('/')}`;
      return [readFile(file).then((bytes) => [address, { type, bytes: new Uint8Array(bytes) }] as const)];
    }),
  );
  return {
    gallery: await openGallery(path.join(ROOT, 'gallery')),
    samples: JSON.parse(await readFile(path.join(PAGE, 'samples', 'samples.json'), 'utf8')),
    files: new Map(files),
  };
}

/** Serves the page’s own files; they are the same for everybody and tell nothing. */
export function pageRoutes({ files }: Assets): Hono {
  return new Hono().get('*', ({ req, body }) => {
    const file = files.get(req.path === '/' ? '/index.html' : req.path);
    if (!file) throw nothingThere();
    return body(file.bytes, 200, { 'content-type': file.type, 'cache-control': 'no-cache' });
  });
}

/** Serves the gallery and the pictures of messages, whose addresses nobody can guess. */
export function pictureRoutes({ gallery }: Assets, pictures: PictureStore, images: DeliveryImages): Hono {
  const thumbnails = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const thumbnailOf = async (style: GalleryStyle) =>
    new Uint8Array(
      await images.preview({ read: style.read, person: 'gallery', owed: true }, THUMBNAIL_SIDE, true),
    );
  const style = (name: string): GalleryStyle => {
    const found = gallery.find((each) => each.name === name);
    if (!found) throw nothingThere();
    return found;
  };
  return new Hono()
    .get('/gallery/:name', async ({ req, body }) => {
      const bytes = new Uint8Array(await style(req.param('name')).read());
      return body(bytes, 200, { 'content-type': 'image/webp', 'cache-control': A_DAY });
    })
    .get('/gallery/:name/small', async ({ req, body }) => {
      const found = style(req.param('name'));
      const small = thumbnails.get(found.name) ?? thumbnailOf(found);
      thumbnails.set(found.name, small);
      small.catch(() => thumbnails.delete(found.name));
      return body(await small, 200, { 'content-type': 'image/webp', 'cache-control': A_DAY });
    })
    .get('/pictures/:hash', async ({ req, body }) => {
      const bytes = new Uint8Array(await pictures.get(req.param('hash')));
      const format = ownFormat(bytes);
      const type = format ? `image/${format}` : 'application/octet-stream';
      return body(bytes, 200, { 'content-type': type, 'cache-control': FOREVER });
    })
    .get('/pictures/:hash/parameters', async ({ req, json }) => {
      const picture = { read: () => pictures.get(req.param('hash')), person: 'parameters' };
      const parameters = await images.parameters(picture);
      if (!parameters) throw nothingThere();
      return json(parameters, 200, { 'cache-control': FOREVER });
    });
}
