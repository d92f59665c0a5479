import { expect, it, onTestFinished } from 'vitest';
import { openTrial } from '../support/intake-trial.ts';
import { isForeseen, tryMutations } from '../support/mutation-run.ts';
import { gradientPicture, plainPicture } from '../support/pictures.ts';

const [SEED, COUNT] = [15, 156];
/** What a process may hold, and what it may have more when it is ended, in bytes. */
const MEMORY = 1.2e9 + 0.2e9;

it('every picture that chance has damaged is answered, and none hurts the next', async () => {
  const doors = await Promise.all([openTrial(), openTrial()]);
  onTestFinished(() => Promise.all(doors.map((door) => door.close())).then(() => {}));
  const answered = new Map<number, string>();
  let lost = 0;
  for await (const verdict of tryMutations(SEED, COUNT, doors)) {
    const { index, kind, words, peakBytes } = verdict;
    expect(isForeseen(verdict), `${kind}, number ${index}: ${words}`).toBe(true);
    expect(peakBytes, `${kind}, number ${index}`).toBeLessThan(MEMORY);
    answered.set(index, verdict.code);
    if (verdict.lost) lost += 1;
  }
  expect(answered.size).toBe(COUNT);
  expect(new Set(answered.values()).size).toBeGreaterThan(3);
  const sound = await gradientPicture(90, 60).png().toBuffer();
  for (const door of doors) {
    expect(await door.try(sound)).toMatchObject({ code: 'accepted' });
    expect(await door.left()).toEqual([]);
  }
  expect(doors.reduce((sum, { started }) => sum + started, 0)).toBeGreaterThanOrEqual(doors.length + lost);
});

it('a picture that takes more memory than it may costs its process, which is replaced', async () => {
  const door = await openTrial({ IMPASTO_INTAKE_MEMORY_MB: '300' });
  onTestFinished(() => door.close());
  const large = await plainPicture(4600, 4600, '#567').webp({ lossless: true, effort: 0 }).toBuffer();
  expect(await door.try(large)).toMatchObject({ code: 'picture-undecodable', lost: 'memory' });
  const sound = await gradientPicture(90, 60).png().toBuffer();
  expect(await door.try(sound)).toMatchObject({ code: 'accepted' });
  expect(door.started).toBe(2);
  expect(await door.left()).toEqual([]);
});
