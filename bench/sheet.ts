// Lays out what bench/likeness.ts left: a row for each of some pairs, with the photograph, the painting, the picture
// painted on VGG-19 and the one painted on the compact network. Arguments: folder of the paintings, result (.webp or
// .png), folders of further pictures with a comma between, titles of pairs.
import sharp from 'sharp';
import { heldOutPairs, paintingFile } from './pairs.ts';

const [folder, result, pictures, ...titles] = process.argv.slice(2) as [string, string, string, ...string[]];
const WIDTH = 256;
const HEIGHT = 224;
const GAP = 6;

const pairs = heldOutPairs(pictures.split(',')).filter(({ title }) => titles.includes(title));
const cells = pairs.flatMap(({ title, content, style }, row) => {
  const painted = (network: string) => paintingFile(folder, title, network);
  return [content, style, painted('vgg19'), painted('compact')].map(async (file, column) => ({
    input: await sharp(file)
      .resize(WIDTH, HEIGHT, { fit: 'contain', background: '#fff' })
      .flatten({ background: '#fff' })
      .toBuffer(),
    left: GAP + column * (WIDTH + GAP),
    top: GAP + row * (HEIGHT + GAP),
  }));
});
await sharp({
  create: {
    width: GAP + 4 * (WIDTH + GAP),
    height: GAP + pairs.length * (HEIGHT + GAP),
    channels: 3,
    background: '#fff',
  },
})
  .composite(await Promise.all(cells))
  .toFile(result);
