import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { type Instance, startInstance } from '../../../src/main/instance.ts';
import { painterOf } from '../../../src/main/painters.ts';
import { createLog } from '../../../src/ops/log.ts';
import { hasBrowser, openBrowser, visit } from '../../support/browser.ts';
import { decodersHere, imagesHere } from '../../support/in-this-process.ts';
import { gradientPicture } from '../../support/pictures.ts';
import { studioIn } from '../../support/studio.ts';

const axe = createRequire(import.meta.url)('axe-core') as { source: string };
const photograph = await gradientPicture(160, 120).jpeg().toBuffer();
const painting = await gradientPicture(96, 96).negate().png().toBuffer();

/** Drops two pictures onto the page, as a hand would. */
async function drop(page: Page, pictures: readonly Buffer[]): Promise<void> {
  const files = pictures.map((bytes, index) => ({ name: `${index}.png`, base64: bytes.toString('base64') }));
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    for (const { name, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      data.items.add(new File([bytes], name, { type: 'image/png' }));
    }
    return data;
  }, files);
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
}

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** Findings of axe that are serious or worse: light and dark, on a desk and on a phone. */
async function findings(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const viewport of [PHONE, DESKTOP]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const seen = await seriousFindings(page);
      found.push(...seen.map((finding) => `${viewport.width} px, ${colorScheme}: ${finding}`));
    }
  }
  return found;
}

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

describe.skipIf(!hasBrowser)('The studio’s page (in Chromium at /usr/bin/chromium)', () => {
  let folder: string;
  let instance: Instance;
  let browser: Browser;
  let url: string;
  const failures: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-page-'));
    const config = readConfig(
      { IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off', IMPASTO_THREADS: '1' },
      'no.env',
    );
    const log = createLog({ level: 'error' });
    const studio = studioIn(path.join(folder, 'studio'), { log });
    instance = await startInstance({
      config,
      adapters: [studio],
      log,
      decoders: decodersHere,
      images: imagesHere,
      createPainter: () =>
        painterOf(config, log, {
          execArgv: ['--import', 'tsx'],
          entry: new URL('../../support/tiny-painter.ts', import.meta.url),
        }),
    });
    url = studio.url ?? '';
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await instance?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes two dropped pictures to a result, paints it again faster, and tells of a limit', async () => {
    const page = await visit(browser, url, 'Ann', failures);
    expect(await findings(page)).toEqual([]);
    await drop(page, [photograph, painting]);
    await page.getByText('Every option').click();
    await page.getByLabel('size', { exact: true }).fill('160');
    await page.getByLabel('evaluations', { exact: true }).fill('400');
    await page.getByLabel('method', { exact: true }).selectOption('neighbour');
    await page.getByLabel('style rotations', { exact: true }).selectOption('yes');
    await page.getByRole('button', { name: 'Paint', exact: true }).click();

    const shares = new Set<number>();
    const bar = page.locator('.message progress').first();
    await bar.waitFor();
    while ((await bar.count()) > 0 && shares.size < 3) {
      shares.add(await bar.evaluate((element) => (element as HTMLProgressElement).value).catch(() => 0));
    }
    expect(shares.size).toBeGreaterThanOrEqual(3);
    await page.locator('.compare').waitFor();
    await page.getByText('method neighbour · evaluations 400 · style_rotations yes').waitFor();
    expect(await findings(page)).toEqual([]);
    const slider = page.getByRole('slider', { name: /How much of the photograph/ });
    await slider.press('End');
    expect(await slider.inputValue()).toBe('100');

    await page.getByRole('button', { name: 'more style' }).click();
    await page.locator('.compare').nth(1).waitFor();
    const evaluations = await page.evaluate(async () => {
      const links = [...document.querySelectorAll<HTMLAnchorElement>('.keep a:last-child')];
      return Promise.all(links.map(async ({ href }) => (await (await fetch(href)).json()).iterations));
    });
    expect(evaluations[1]).toBeLessThan(evaluations[0] / 2);

    await page.getByRole('link', { name: 'Limits' }).click();
    await page.getByRole('button', { name: 'Act as an admin' }).click();
    const size = page.getByLabel('max size');
    await expect.poll(() => size.inputValue()).toBe('1024');
    await size.fill('128');
    await page.getByRole('button', { name: 'Set these limits' }).click();
    await page.locator('.answer', { hasText: '128' }).first().waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('link', { name: 'New painting' }).click();
    await page.getByText('Every option').click();
    await page.getByLabel('size', { exact: true }).fill('200');
    await page.getByRole('button', { name: 'Paint', exact: true }).click();
    await page.getByText('The largest size here is 128 px; you asked for 200.').first().waitFor();
    expect(failures).toEqual([]);
    await page.context().close();
  });

  it('shows HTML in a name as text, and another tab’s painting to everybody', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const page = await visit(browser, url, name, failures);
    expect(await page.locator('#you img').count()).toBe(0);
    await page.locator('.threads').getByText('Ann').first().waitFor();
    // As text: the test runner would take the import for its own.
    const mentioned =
      "import('/text.js').then((text) => text.formatted('<user:constructor>', {}).textContent)";
    expect(await page.evaluate(mentioned)).toBe('@constructor');
    expect(failures).toEqual([]);
    await page.context().close();
  });
});
