import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stylizeCommand } from '../../src/cli/stylize.ts';
import { readConfig } from '../../src/config.ts';
import { ImpastoError } from '../../src/nst/errors.ts';
import { readParameters } from '../../src/nst/image/encode.ts';
import { runCli, startCli } from '../support/cli.ts';
import { gradientPicture, pngClaiming } from '../support/pictures.ts';
import { startWeightsServer, type WeightsServer } from '../support/weights-server.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'impasto-cli-'));
  const photograph = await gradientPicture(80, 60).jpeg().toBuffer();
  await writeFile(at('photo.jpg'), photograph);
  await writeFile(at('cut.jpg'), photograph.subarray(0, photograph.length / 2));
  await writeFile(at('style.png'), await gradientPicture(64, 64).modulate({ hue: 120 }).png().toBuffer());
  await writeFile(at('empty.png'), '');
  await writeFile(at('text.png'), 'not a picture');
  await writeFile(at('vector.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"/>');
  await writeFile(at('tiny.png'), await gradientPicture(15, 15).png().toBuffer());
  await writeFile(at('bomb.png'), pngClaiming(100_000, 100_000));
  await writeFile(at('mask.png'), await gradientPicture(20, 20).greyscale().threshold(100).png().toBuffer());
  await mkdir(at('folder.png'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The command in this process: most refusals need none of their own. */
const command = (stdout: PassThrough = new PassThrough()) =>
  stylizeCommand({
    config: readConfig({ IMPASTO_CACHE: at('cache'), IMPASTO_ENGINE: 'onnx-cpu' }, 'no.env'),
    signal: new AbortController().signal,
    stdout,
    stderr: new PassThrough(),
    version: 'test',
  })
    .exitOverride()
    .configureOutput({ writeErr: () => {} });

/** What the command refuses something with. */
const refusalOf = (args: readonly string[], stdout?: PassThrough): Promise<unknown> =>
  command(stdout)
    .parseAsync(args.slice(1), { from: 'user' })
    .then(
      () => 'It was not refused.',
      (reason: unknown) => reason,
    );

const usual = (output: string) => ['stylize', at('photo.jpg'), at('style.png'), '-o', at(output)];

describe('impasto stylize, given bad input,', () => {
  const swap = (content: string) => (output: string) => [
    'stylize',
    at(content),
    at('style.png'),
    '-o',
    at(output),
  ];
  const more =
    (...flags: string[]) =>
    (output: string) => [...usual(output), ...flags];
  const cases: [string, string, (output: string) => string[]][] = [
    ['a file that is no picture', 'not-a-picture', swap('text.png')],
    ['a truncated picture', 'truncated-picture', swap('cut.jpg')],
    ['an empty file', 'empty-picture', swap('empty.png')],
    ['a decompression bomb', 'too-many-pixels', swap('bomb.png')],
    ['a picture below 16 pixels', 'picture-too-small', swap('tiny.png')],
    ['an SVG', 'unsupported-picture', swap('vector.svg')],
    ['a folder', 'is-a-folder', swap('folder.png')],
    ['a missing file', 'missing-file', swap('nowhere.png')],
    ['an output that is a folder', 'is-a-folder', () => usual('folder.png')],
    ['an output in a missing folder', 'missing-file', () => usual('nowhere/result.png')],
    ['an output below a file', 'missing-file', () => usual('photo.jpg/result.png')],
    ['an output of an unknown format', 'unsupported-format', () => usual('result.bmp')],
    ['an unknown option', 'unknown option', more('--brush', '3')],
    ['an unknown layer', 'unknown-layer', more('--style-layers', 'relu3_9')],
    ['a word for a layer', '--style-layers ', more('--style-layers', 'eyes')],
    ['a weight that is no number', '--style-weight ', more('--style-weight', 'much')],
    ['a negative weight', '--content-weight ', more('--content-weight', '-1')],
    ['an infinite weight', '--tv-weight ', more('--tv-weight', 'Infinity')],
    ['an empty weight', '--content-weight ', more('--content-weight', '')],
    [
      'a weight without meaning',
      '--style-weight means',
      more('--method', 'neighbour', '--style-weight', '3'),
    ],
    ['a choice that does not exist', 'median', more('--pooling', 'median')],
    ['a blend of the wrong length', '--style-blend ', more('--style-blend', '1,2')],
    ['a quality beyond 100', 'quality', more('--quality', '101')],
    ['a start picture that is not named', 'init-picture', more('--init', 'picture')],
    ['an output over an input', 'bad-setting', () => usual('style.png')],
    ['a preset that does not exist', 'masterpiece', more('--preset', 'masterpiece')],
    [
      'layers that the network does not have',
      'unknown-layer',
      more('--network', 'compact', '--layers', 'gatys'),
    ],
    [
      'a damaged checkpoint',
      'bad-checkpoint',
      (output) => [...usual(output), '--network', 'compact', '--resume', at('text.png')],
    ],
    ['two outputs of one name', 'bad-setting', (output) => [...usual(output), '--checkpoint', at(output)]],
  ];

  it.each(cases)('refuses %s and writes nothing', async (_, word, args) => {
    const before = await readdir(folder);
    const stdout = new PassThrough();
    const refusal = await refusalOf(args('result.png'), stdout);
    if (refusal instanceof ImpastoError) expect(`${refusal.code}: ${refusal.message}`).toContain(word);
    else expect(refusal).toMatchObject({ name: 'CommanderError', message: expect.stringContaining(word) });
    expect(stdout.read()).toBeNull();
    expect(await readdir(folder)).toEqual(before);
  });

  it.each([
    ['a refused picture', 'not-a-picture', swap('text.png')],
    ['a refused option', 'unknown option', more('--brush', '3')],
  ])('ends with 2 and a reason in plain words after %s', async (_, word, args) => {
    const { code, stderr, stdout } = await runCli(args('result.png'));
    expect(stderr).toContain(word);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('impasto stylize, given pictures,', () => {
  const size = ['--size', '128'];
  it.each<[string, () => string[], string]>([
    ['photograph', () => ['stylize', at('cut.jpg'), at('style.png'), '-o', at('result.png')], 'cut.jpg'],
    ['painting', () => ['stylize', at('photo.jpg'), at('vector.svg'), '-o', at('result.png')], 'vector.svg'],
    ['mask', () => [...usual('result.png'), '--mask', at('text.png')], 'text.png'],
    ['start picture', () => [...usual('result.png'), '--init-picture', at('tiny.png')], 'tiny.png'],
  ])('says that it is the %s which it refuses, and its file', async (role, args, file) => {
    expect(await refusalOf(args())).toMatchObject({
      message: expect.stringContaining(`The ${role} ${at(file)}: `),
    });
  });

  it('refuses a photograph that would be thinner than the networks see, with the size that would do', async () => {
    await writeFile(at('strip.png'), await gradientPicture(1024, 120).png().toBuffer());
    const refusal = await refusalOf([
      'stylize',
      at('strip.png'),
      at('style.png'),
      '-o',
      at('no.png'),
      ...size,
    ]);
    const { code, message, advice } = refusal as ImpastoError;
    expect(code).toBe('picture-too-narrow');
    expect(`${message} ${advice}`).toMatch(/strip\.png.*1024×120 .*15 pixels.*size of 133/);
  });

  it('tells that it takes the first frame of an animation', async () => {
    const red = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const frames = [red, await sharp(red).negate().png().toBuffer()];
    await writeFile(
      at('two.gif'),
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    );
    const args = ['stylize', at('two.gif'), at('style.png'), '-o', at('first.png'), '--network', 'compact'];
    const { stderr, code } = await runCli([...args, '--size', '48', '--iterations', '2']);
    expect(stderr).toContain(
      `The photograph ${at('two.gif')}: It is an animation of 2 frames; the first is used.`,
    );
    expect(code).toBe(0);
  });
});

describe('impasto stylize, without VGG-19’s weights,', () => {
  let empty: WeightsServer;
  beforeAll(async () => {
    empty = await startWeightsServer(new Map());
  });
  afterAll(() => empty.close());
  const nowhere = () => ({
    env: { IMPASTO_MODELS: '', IMPASTO_MODELS_URL: empty.url, IMPASTO_CACHE: at('cache') },
  });

  it('paints with the compact network when they cannot be fetched, and says so in one line', async () => {
    const flags = ['--size', '48', '--iterations', '4'];
    const { code, stderr } = await runCli([...usual('compact.png'), ...flags], nowhere());
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.includes('compact network'))).toHaveLength(1);
    expect(await readParameters(await readFile(at('compact.png')))).toMatchObject({
      network: 'compact',
      settings: { network: 'auto' },
    });
  });

  it('takes size, evaluations and network from a preset, but flags before it', async () => {
    const flags = ['--preset', 'draft', '--size', '48', '--iterations', '4', '--json'];
    const { code, stdout, stderr } = await runCli([...usual('draft.png'), ...flags], nowhere());
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      network: 'compact',
      iterations: 4,
      settings: { network: 'compact', size: 48, layers: 'light' },
    });
    expect(stderr).not.toContain('for lack of');
  });

  it('does not paint with another network than the one that is named', async () => {
    const flags = ['--network', 'vgg19', '--size', '48'];
    const { code, stderr } = await runCli([...usual('named.png'), ...flags], nowhere());
    expect(code).toBe(1);
    expect(stderr).toContain('download-failed');
  });
});

describe('impasto stylize, with the compact network,', () => {
  const quick = ['--network', 'compact', '--size', '64', '--min-size', '32', '--iterations', '12'];

  it('paints, and writes all that was asked for', async () => {
    const { code, stdout, stderr } = await runCli([
      ...usual('all.png'),
      ...quick,
      ...['--mask', at('mask.png'), '--save-every', '5', '--json', '--strength', '1'],
      ...['--timelapse', at('all.webp'), '--loss-plot', at('all.svg')],
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('The mask was resized to 64×48.');
    expect(JSON.parse(stdout)).toMatchObject({
      width: 64,
      height: 48,
      iterations: 12,
      output: at('all.png'),
    });
    expect(await sharp(await readFile(at('all.png'))).metadata()).toMatchObject({ width: 64, height: 48 });
    expect(await readParameters(await readFile(at('all.png')))).toMatchObject({
      settings: { strength: 1, size: 64 },
      iterations: 12,
    });
    expect((await sharp(await readFile(at('all.webp')), { pages: -1 }).metadata()).pages).toBeGreaterThan(3);
    expect(await readFile(at('all.svg'), 'utf8')).toContain('</svg>');
    expect((await readdir(folder)).filter((name) => /^all-\d{5}\.png$/.test(name))).toHaveLength(2);
  });

  it('saves the picture so far on Ctrl-C, says where, and resumes to the picture of a whole run', async () => {
    const flags = [...quick, '--iterations', '60', '--checkpoint', at('c.bin')];
    const plot = ['--loss-plot', at('stopped.svg')];
    const run = startCli([...usual('stopped.webp'), ...flags, ...plot]);
    await run.printed('10 %');
    run.process.kill('SIGINT');
    const { code, stderr } = await run.result;
    expect(code).toBe(130);
    expect(stderr).toContain(`saved ${at('stopped.webp')}`);
    expect((await sharp(await readFile(at('stopped.webp'))).metadata()).format).toBe('webp');
    expect(await readParameters(await readFile(at('stopped.webp')))).toMatchObject({
      settings: { pooling: 'average' },
    });
    expect(await readFile(at('stopped.svg'), 'utf8')).toContain('</svg>');
    const [resumed, whole] = await Promise.all([
      runCli([...usual('resumed.png'), ...flags, '--resume', at('c.bin')]),
      runCli([...usual('whole.png'), ...flags]),
    ]);
    expect([resumed.code, whole.code]).toEqual([0, 0]);
    const pixels = async (name: string) =>
      sharp(await readFile(at(name)))
        .raw()
        .toBuffer();
    expect(await pixels('resumed.png')).toEqual(await pixels('whole.png'));
  });

  it('says when the disk is full and leaves nothing half-written', async () => {
    const before = await readdir(folder);
    const limited = { shellPrefix: 'ulimit -f 2' };
    const { code, stderr } = await runCli([...usual('full.png'), ...quick], limited);
    expect(stderr).toContain('disk-full');
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(before);
  });
});
