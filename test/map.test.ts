import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');
/** What every room but these two may import. */
const EVERYBODYS = ['core', 'nst'];

/** A file's imports of others in `src`, as both stand under it; those of types alone, too. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly ofTypes: boolean;
}

const files = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => /\.[tj]s$/.test(file));

const imports: readonly Import[] = files.flatMap((from) => {
  const code = readFileSync(path.join(ROOT, 'src', from), 'utf8');
  const found = code.matchAll(/\b(?:(?:import|export)( type)?\b[^;'"]*?from|import\()\s*'(\.[^']+)'/g);
  return [...found].map(([, type, to = '']) => ({
    from,
    to: path.posix.join(path.posix.dirname(from), to),
    ofTypes: type !== undefined,
  }));
});

/** By room, which others it may import: the table of CONTRIBUTING.md. */
const table = new Map(
  [...text.matchAll(/^\| `([^`]+)` +\| (.*?) *\|$/gm)]
    .filter(([, room = '']) => isInSource(room))
    .map(([, room = '', others = '']) => [
      room,
      [...others.matchAll(/`([^`]+)`/g)].map(([, other = '']) => other),
    ]),
);

function isInSource(name: string): boolean {
  return statSync(path.join(ROOT, 'src', name), { throwIfNoEntry: false }) !== undefined;
}

/** The innermost room that a file lies in. */
function roomOf(file: string): string {
  const around = [...table.keys()].filter((room) => file === room || file.startsWith(`${room}/`));
  return around.sort((a, b) => b.length - a.length)[0] ?? `no room: ${file}`;
}

/** The first circle in a graph, as the way around; undefined where there is none. */
function circleIn(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const left = new Set<string>();
  const visit = (node: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (left.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next, [...way, node]);
      if (circle) return circle;
    }
    left.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const circle = visit(node, []);
    if (circle) return circle;
  }
  return undefined;
}

const grouped = <Value>(values: readonly Value[], pair: (value: Value) => readonly [string, string]) => {
  const edges = new Map<string, string[]>();
  for (const [from, to] of values.map(pair)) edges.set(from, [...(edges.get(from) ?? []), to]);
  return edges;
};

describe('the map of the source', () => {
  it('has a room for every file', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(files.filter((file) => roomOf(file).startsWith('no room'))).toEqual([]);
  });

  it('says which rooms a room imports, no more and no less', () => {
    const real = imports
      .map(({ from, to }) => [roomOf(from), roomOf(to)] as const)
      .filter(([from, to]) => from !== to && !(EVERYBODYS.includes(to) && from !== 'nst'));
    const arrows = (pairs: Iterable<readonly [string, string]>) =>
      [...new Set([...pairs].map(([from, to]) => `${from} → ${to}`))].sort();
    const told = [...table].flatMap(([room, others]) => others.map((other) => [room, other] as const));
    expect(arrows(real)).toEqual(arrows(told));
  });

  it('points one way', () => {
    expect(circleIn(table)).toBeUndefined();
  });

  it('lets no files import each other in a circle, not even types', () => {
    expect(circleIn(grouped(imports, ({ from, to }) => [from, to]))).toBeUndefined();
  });

  it('gives core nothing of the painter that runs but its error', () => {
    const running = imports.filter(
      ({ from, to, ofTypes }) => !ofTypes && roomOf(from) === 'core' && roomOf(to) === 'nst',
    );
    expect([...new Set(running.map(({ to }) => to))]).toEqual(['nst/errors.ts']);
  });

  it('names files and folders that there are', () => {
    const [, map = ''] = /^```\n(src\/\n[\s\S]*?)^```/m.exec(text) ?? [];
    const folders: string[] = [];
    const named: string[] = [];
    for (const line of map.split('\n').filter((each) => each.trim() !== '')) {
      const [, indent = '', first = ''] = /^( *)(\S+)/.exec(line) ?? [];
      if (indent.length <= 8 && first.endsWith('/')) {
        folders.splice(indent.length / 2, folders.length, first);
        named.push(folders.join(''));
      }
      if (indent.length <= 8 && !first.endsWith('/')) folders.splice(indent.length / 2, folders.length);
      for (const [file] of line.matchAll(/(?<![\w*/.-])[\w./-]+\.ts\b/g)) named.push(folders.join('') + file);
    }
    expect(named.length).toBeGreaterThan(100);
    expect(
      named.filter((name) => statSync(path.join(ROOT, name), { throwIfNoEntry: false }) === undefined),
    ).toEqual([]);
  });
});
