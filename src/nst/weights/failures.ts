import { ImpastoError } from '../errors.ts';

/** The ways to get weights onto a machine that cannot, or may not, download them. */
export const otherWays =
  'Run `impasto models fetch` where there is a network, or `impasto models import FOLDER` with a folder that ' +
  'holds the files, or set IMPASTO_MODELS to a folder in which vgg19/ holds them.';

/** What a failed write means: the disk is full, or the place cannot be written to. */
export function writeFailure(error: unknown, path: string): ImpastoError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ImpastoError('disk-full', `The disk is full: ${path} could not be written.`, {
      advice: 'Free some space; VGG-19 takes up to 80 MB. Then try again.',
      cause: error,
    });
  return new ImpastoError('not-writable', `${path} could not be written.`, {
    advice:
      'Let the user that runs Impasto write there, or set IMPASTO_CACHE to a folder where it may, or set ' +
      'IMPASTO_MODELS to a folder in which vgg19/ holds the weights: that one is only read.',
    cause: error,
  });
}

/** Runs an operation that changes the disk; its failure becomes `disk-full` or `not-writable`. */
export async function writing<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw writeFailure(error, path);
  }
}
