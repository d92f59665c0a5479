import { writeFile } from 'node:fs/promises';
import { encode, render } from './render.ts';
import { styles } from './styles/index.ts';

const folder = new URL('../', import.meta.url);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !styles.some((style) => style.name === name));
if (unknown.length > 0) {
  console.error(`No such style: ${unknown.join(', ')}. Known: ${styles.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

for (const style of styles) {
  if (wanted.length > 0 && !wanted.includes(style.name)) continue;
  const picture = await encode(await render(style));
  await writeFile(new URL(`${style.name}.webp`, folder), picture);
  console.log(`${style.name}.webp  ${Math.ceil(picture.length / 1024)} KiB`);
}

const entries = styles.map(({ name, title, description, seed }) => ({ name, title, description, seed }));
await writeFile(new URL('gallery.json', folder), `${JSON.stringify(entries, null, 2)}\n`);
