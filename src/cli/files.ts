import { constants } from 'node:fs';
import { access, open, readFile, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDiskFull, replaceFile, systemCode, temporaryIn } from '../files/disk.ts';
import { type ErrorCode, ImpastoError } from '../nst/errors.ts';

/**
 * Reads a file that the user named; a device or a pipe, which might never end, is refused.
 *
 * @param maxBytes - a larger file is refused unread.
 * @throws ImpastoError `missing-file`, `is-a-folder`, `not-readable`, `picture-too-large`
 */
export async function readInput(file: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const information = await stat(file);
    if (information.isDirectory()) {
      throw new ImpastoError('is-a-folder', `${file} is a folder.`, { advice: 'Name a file in it.' });
    }
    if (!information.isFile()) throw special('not-readable', file);
    if (information.size > maxBytes) {
      throw new ImpastoError(
        'picture-too-large',
        `${file} has ${information.size} bytes; the limit is ${maxBytes}.`,
        {
          advice: 'Make it smaller, or raise IMPASTO_MAX_BYTES.',
        },
      );
    }
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof ImpastoError) throw cause;
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') {
      throw new ImpastoError('missing-file', `There is no file ${file}.`, {
        advice: 'Check its name.',
        cause,
      });
    }
    throw new ImpastoError('not-readable', `${file} cannot be read.`, {
      advice: 'Check its permissions.',
      cause,
    });
  }
}

/**
 * Checks that a file can be written, before the work that it is the result of. Leaves nothing behind.
 *
 * @throws ImpastoError `is-a-folder`, `missing-file` for its folder, `not-writable`
 */
export async function checkWritable(file: string): Promise<void> {
  const folder = path.dirname(await destination(file));
  const existing = await stat(file).catch(() => undefined);
  if (existing?.isDirectory()) {
    throw new ImpastoError('is-a-folder', `${file} is a folder.`, { advice: 'Name a file in it.' });
  }
  // Taking its name would replace the device itself.
  if (existing && !existing.isFile()) throw special('not-writable', file);
  const parent = await stat(folder).catch(() => undefined);
  if (!parent?.isDirectory()) {
    throw new ImpastoError('missing-file', `There is no folder ${folder}.`, {
      advice: 'Make it, or choose another.',
    });
  }
  try {
    await access(folder, constants.W_OK);
    const probe = temporaryIn(folder);
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (cause) {
    throw writeError(file, cause);
  }
}

/**
 * Writes a file whole or not at all: into a temporary file beside it, which then takes its name.
 *
 * @throws ImpastoError `disk-full`, `not-writable`
 */
export async function writeAtomically(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(await destination(file), bytes);
  } catch (cause) {
    throw writeError(file, cause);
  }
}

/** Where a name leads: a link stays, and the file it points to is replaced. */
async function destination(file: string): Promise<string> {
  return realpath(file).catch(() => path.resolve(file));
}

function special(code: 'not-readable' | 'not-writable', file: string): ImpastoError {
  return new ImpastoError(code, `${file} is not a regular file.`, { advice: 'Name a file on disk.' });
}

function writeError(file: string, cause: unknown): ImpastoError {
  const full = isDiskFull(cause);
  const code: ErrorCode = full ? 'disk-full' : 'not-writable';
  const message = full ? `There is no room left to write ${file}.` : `${file} cannot be written.`;
  const advice = full ? 'Free some space, or write elsewhere.' : 'Check the permissions, or write elsewhere.';
  return new ImpastoError(code, message, { advice, cause });
}
