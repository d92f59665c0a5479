// Mutated pictures through the intake's own processes: npx tsx bench/mutations.ts COUNT SEED [FOLDER]. What nobody
// foresaw, took longer than two seconds or cost a process is told of, and written to the folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openTrial } from '../test/support/intake-trial.ts';
import { isForeseen, type MutationVerdict, tryMutations } from '../test/support/mutation-run.ts';
import { head, print, row, seconds } from './tables.ts';

const SLOW_MS = 2000;

const [count = 3000, seed = 1] = process.argv.slice(2, 4).map(Number);
const folder = process.argv[4];
const doors = await Promise.all([openTrial(), openTrial()]);
const verdicts: MutationVerdict[] = [];
const start = performance.now();
for await (const verdict of tryMutations(seed, count, doors)) {
  verdicts.push({ ...verdict, bytes: Buffer.alloc(0) });
  if (isForeseen(verdict) && !verdict.lost && verdict.milliseconds < SLOW_MS) continue;
  const { index, kind, bytes, code, lost, milliseconds, peakBytes, words } = verdict;
  const cost = `${seconds(milliseconds)}, ${megabytes(peakBytes)}`;
  print(
    `${index} (${kind}, ${bytes.length} bytes): ${code}${lost ? `, lost: ${lost}` : ''}, ${cost}: ${words}`,
  );
  if (folder) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${seed}-${index}-${kind.replaceAll(' ', '-')}`), bytes);
  }
}
const left = (await Promise.all(doors.map((door) => door.left()))).flat();
await Promise.all(doors.map((door) => door.close()));

head('format', 'files', 'accepted', 'refused', 'processes lost', 'slowest', 'largest memory');
for (const kind of new Set(verdicts.map((each) => each.kind))) {
  of(
    kind,
    verdicts.filter((each) => each.kind === kind),
  );
}
of('all', verdicts);
print(
  `\nSeed ${seed}, ${seconds(performance.now() - start)}; ${doors.reduce((sum, { started }) => sum + started, 0)} processes; left behind: ${left.length} files`,
);

function of(kind: string, all: readonly MutationVerdict[]): void {
  const counted = (of: readonly (string | undefined)[]) => {
    const names = [...new Set(of)].filter((name) => name !== undefined && name !== 'accepted').sort();
    return names.map((name) => `${of.filter((each) => each === name).length} ${name}`).join(', ');
  };
  const codes = all.map(({ code }) => code);
  row(
    kind,
    all.length,
    codes.filter((code) => code === 'accepted').length,
    counted(codes),
    counted(all.map(({ lost }) => lost)) || 0,
    seconds(Math.max(...all.map(({ milliseconds }) => milliseconds))),
    megabytes(Math.max(...all.map(({ peakBytes }) => peakBytes))),
  );
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
