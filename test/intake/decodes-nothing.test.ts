import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** The native libraries that a process has loaded when it has imported modules of Impasto. */
async function librariesOf(...modules: string[]): Promise<string[]> {
  const script = `
    ${modules.map((module) => `await import('./src/${module}');`).join('\n')}
    console.log(JSON.stringify(process.report.getReport().sharedObjects));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), maxBuffer: 1e7 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

it('the bot, its adapters and a worker have no image library in their process', async () => {
  const libraries = await librariesOf(
    'main/instance.ts',
    'main/worker.ts',
    'adapters/discord/adapter.ts',
    'adapters/slack/adapter.ts',
    'adapters/web/adapter.ts',
  );
  expect(libraries.length).toBeGreaterThan(3);
  expect(libraries.filter((name) => /vips|sharp|heif/i.test(name))).toEqual([]);
  expect(await librariesOf('intake/normalise-file.ts')).toContainEqual(expect.stringMatching(/vips/));
}, 60_000);
