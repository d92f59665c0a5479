import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withTable } from '../scripts/configuration.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const docs = readdirSync(path.join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** As GitHub makes them of headings. */
function anchorsOf(document: string): string[] {
  return [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('The documents', () => {
  it('have a table of the configuration that is the program’s (npm run configuration)', () => {
    const document = read('docs/configuration.md');
    expect(withTable(document)).toBe(document);
    expect(withTable(document.replace(/^\| `IMPASTO_STUDIO`.*\n/m, ''))).toBe(document);
  });

  it.each(docs)('are short: %s', (file) => {
    expect(read(file).trimEnd().split('\n').length).toBeLessThanOrEqual(80);
  });

  it.each([...docs, 'README.md', 'CONTRIBUTING.md', 'test/support/README.md'])(
    'link to what is there: %s',
    (file) => {
      const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
      const dead = links.filter(([, to, anchor]) => {
        const target = to ? path.join(path.dirname(file), to) : file;
        if (!existsSync(path.join(root, target))) return true;
        return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
      });
      expect(dead.map(([link]) => link)).toEqual([]);
    },
  );

  it('can all be found from the README', () => {
    const found = new Set<string>();
    const follow = (file: string) => {
      if (found.has(file)) return;
      found.add(file);
      for (const [, to = ''] of read(file).matchAll(/\]\((?!https?:)([^)#]+\.md)/g))
        follow(path.join(path.dirname(file), to));
    };
    follow('README.md');
    expect(docs.filter((file) => !found.has(file))).toEqual([]);
  });
});
