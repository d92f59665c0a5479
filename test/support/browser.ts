import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Whether a test can open a page in a browser. */
export const hasBrowser = existsSync(EXECUTABLE);

/** Opens a browser, with a folder of its own, that talks to this machine alone. */
export function openBrowser(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: EXECUTABLE, args });
}

/** Opens the studio in a tab, as somebody; what goes wrong in the page is collected. */
export async function visit(browser: Browser, url: string, name: string, failures: string[]): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => failures.push(String(error)));
  page.on('console', (message) => {
    const { url: address } = message.location();
    // A thumbnail that has been replaced is removed at once; a busy page may ask for it a moment later.
    const isReplaced = message.text().includes('404') && /\/pictures\/[0-9a-f]{64}$/.test(address);
    if (message.type() === 'error' && !isReplaced) failures.push(`${message.text()} ${address}`);
  });
  await page.goto(url);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Come in' }).click();
  await page.getByRole('button', { name: `You are ${name}` }).waitFor();
  return page;
}
