// Takes pictures in through the real intake, a fresh process each kind. Prints a table: time (the median of five, in a
// process that has started), the process's largest resident memory, and what is kept. Arguments are further files, such
// as a HEIC from a telephone.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { readConfig } from '../src/config.ts';
import { decodingProcesses, openIntake } from '../src/intake/open-intake.ts';
import { head, row, seconds } from './tables.ts';

const TIMES = 5;

const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-intake-'));
const config = readConfig({ IMPASTO_DATA: folder }, path.join(folder, 'no.env'));

/** A photograph of so many pixels: one of the studio's, enlarged, with the grain that a sensor has. */
async function photograph(width: number, height: number) {
  const { data, info } = await sharp(
    await readFile(new URL('../studio/samples/alpine-landscape.jpg', import.meta.url)),
  )
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  let state = 1;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    data[at] = Math.min(255, Math.max(0, (data[at] as number) + (state >> 28)));
  }
  return sharp(data, { raw: info, limitInputPixels: false });
}

const SIZES = { 12: [4000, 3000], 24: [6000, 4000], 50: [8192, 6144], 100: [12_000, 9000] } as const;

async function* pictures(): AsyncGenerator<[string, Buffer]> {
  for (const [megapixels, [width, height]] of Object.entries(SIZES)) {
    const image = await photograph(width, height);
    const encoders = {
      JPEG: () => image.clone().jpeg({ quality: 88 }),
      'JPEG, progressive': () => image.clone().jpeg({ quality: 88, progressive: true }),
      PNG: () => image.clone().png({ compressionLevel: 1 }),
      WebP: () => image.clone().webp({ quality: 85, effort: 0 }),
      AVIF: () => image.clone().avif({ quality: 60, effort: 0 }),
      TIFF: () => image.clone().tiff({ compression: 'deflate' }),
    };
    for (const [format, encode] of Object.entries(encoders)) {
      if (Number(megapixels) > 24 && !format.startsWith('JPEG')) continue;
      yield [`${format}, ${megapixels} megapixels`, await encode().toBuffer()];
    }
  }
  for (const file of process.argv.slice(2)) yield [path.basename(file), await readFile(file)];
}

head('picture', 'file', 'time', 'peak memory', 'kept');
for await (const [name, bytes] of pictures()) {
  let [pid, peak] = [0, Number.NaN];
  const log = {
    debug: (details: Record<string, unknown>) => {
      pid = Number(details.pid ?? pid);
    },
    warn() {},
  };
  const intake = await openIntake(config, log, decodingProcesses(config, log, ['--import', 'tsx']));
  const source = {
    async *fetch() {
      yield bytes;
    },
  };
  // The process may be ended as soon as it has answered.
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const found = status.match(/VmHWM:\s+(\d+)/)?.[1];
    if (found) peak = Math.max(Number(found) / 1024, peak || 0);
  }, 10);
  try {
    const times = [];
    let kept = 0;
    for (let time = 0; time <= TIMES; time++) {
      const started = performance.now();
      const taken = await intake.take(source, { sender: 'bench', longerSide: 2048 });
      times.push(performance.now() - started);
      kept = (await stat(taken.file)).size;
      await taken.discard();
    }
    const [, ...warm] = times;
    const median = warm.sort((a, b) => a - b)[TIMES >> 1];
    row(name, megabytes(bytes.length), seconds(median), `${peak.toFixed(0)} MB`, megabytes(kept));
  } catch (error) {
    row(name, megabytes(bytes.length), `${error}`, '', '');
  } finally {
    clearInterval(watch);
    await intake.close();
  }
}
await rm(folder, { recursive: true, force: true });

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
