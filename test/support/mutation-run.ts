import type { IntakeTrial, Verdict } from './intake-trial.ts';
import { type MutatedPicture, mutatedPictures } from './mutations.ts';

/** What became of a mutated picture. */
export interface MutationVerdict extends Verdict, MutatedPicture {
  readonly index: number;
}

/** What a picture may be refused as; anything else was not foreseen. */
const FORESEEN: readonly string[] = [
  'accepted',
  'not-a-picture',
  'unsupported-picture',
  'truncated-picture',
  'picture-too-small',
  'picture-too-long',
  'picture-too-narrow',
  'too-many-pixels',
  'too-many-frames',
  'too-many-pages',
  'decoding-too-large',
  'picture-undecodable',
] satisfies Verdict['code'][];

export function isForeseen({ code }: Verdict): boolean {
  return FORESEEN.includes(code);
}

/** Tries the first pictures of a seed at several doors at once. @yields what became of each, as soon as it is known */
export async function* tryMutations(
  seed: number,
  count: number,
  doors: readonly IntakeTrial[],
): AsyncGenerator<MutationVerdict> {
  const pictureOf = await mutatedPictures(seed);
  let next = 0;
  const tryNext = async (door: IntakeTrial) => {
    if (next === count) return undefined;
    const index = next++;
    const picture = pictureOf(index);
    return { door, verdict: { index, ...picture, ...(await door.try(picture.bytes)) } };
  };
  const under = new Map(doors.map((door) => [door, tryNext(door)]));
  while (under.size > 0) {
    const [[door, tried]] = [
      await Promise.race([...under].map(async ([each, trying]) => [each, await trying] as const)),
    ];
    if (!tried) under.delete(door);
    else {
      under.set(door, tryNext(door));
      yield tried.verdict;
    }
  }
}
