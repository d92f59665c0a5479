import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stopIfAborted } from '../abort.ts';
import { ImpastoError } from '../errors.ts';
import { otherWays, writing } from './failures.ts';
import type { WeightFile } from './manifest.ts';
import { claimPartial, releasePartial, settlePartial } from './partial.ts';
import { request } from './source.ts';
import { readVerified } from './verify.ts';

/** How patient a download is. */
export interface Patience {
  /** Milliseconds without a byte, from the request on, after which the connection is given up; default 30 000. */
  readonly stallMs?: number;
  /** Milliseconds to wait before each further attempt; its length bounds them. Default 500, 2 000, 8 000. */
  readonly retryDelaysMs?: readonly number[];
}

const patient = { stallMs: 30_000, retryDelaysMs: [500, 2_000, 8_000] } as const satisfies Patience;

/** Options of {@link download}. */
export interface DownloadOptions extends Patience {
  readonly signal?: AbortSignal | undefined;
  /** Told the size so far, in bytes, as it grows; it falls when a download has to start over. */
  onBytes?(done: number): void;
}

/** What an attempt works on. */
interface Job {
  readonly url: URL;
  readonly file: WeightFile;
  /** The path at which the bytes gather. */
  readonly partial: string;
}

/**
 * Downloads one file of weights. The target appears complete and verified or not at all; what an interrupted
 * download has received is kept beside it and continued by the next, in whatever process that runs.
 *
 * @throws ImpastoError `download-failed`, `weights-corrupt`, `disk-full`, `not-writable`, `aborted`
 */
export async function download(
  url: URL,
  target: string,
  file: WeightFile,
  options: DownloadOptions = {},
): Promise<void> {
  stopIfAborted(options.signal);
  await writing(target, () => mkdir(dirname(target), { recursive: true }));
  const partial = await writing(target, () => claimPartial(target));
  try {
    await persist(url, options, () => attempt({ url, file, partial }, options));
    await writing(target, () => settlePartial(partial, target, file));
  } catch (error) {
    const useless =
      error instanceof ImpastoError && (error.code === 'disk-full' || error.code === 'weights-corrupt');
    const letGo = useless ? rm(partial, { force: true }) : releasePartial(partial, target);
    // The first error is the one to report; a partial left behind is an orphan that a later run takes over.
    await letGo.catch(() => undefined);
    throw error;
  }
}

/** Tries again after errors of the network; an ImpastoError is final. */
async function persist(
  url: URL,
  { signal, retryDelaysMs = patient.retryDelaysMs }: DownloadOptions,
  operation: () => Promise<void>,
): Promise<void> {
  for (let retries = 0; ; retries++) {
    try {
      return await operation();
    } catch (error) {
      stopIfAborted(signal);
      if (error instanceof ImpastoError) throw error;
      const wait = retryDelaysMs[retries];
      if (wait === undefined) throw downloadFailed(url, reasonOf(error), error);
      // An abort ends the wait at once; the next attempt reports it.
      await delay(wait, undefined, signal && { signal }).catch(() => undefined);
    }
  }
}

/** One request: continues the partial, then verifies it. Errors other than ImpastoError are worth another attempt. */
async function attempt(job: Job, options: DownloadOptions): Promise<void> {
  const { url, file, partial } = job;
  stopIfAborted(options.signal);
  // Opened by name every time: should another process have taken the partial for an orphan, this starts afresh.
  const handle = await writing(partial, () => open(partial, constants.O_RDWR | constants.O_CREAT));
  try {
    let { size: start } = await writing(partial, () => handle.stat());
    options.onBytes?.(start);
    if (start < file.bytes) start = await receive(job, handle, start, options);
    await writing(partial, () => handle.sync());
    if ((await readVerified(partial, file)).state === 'present') return;
    await writing(partial, () => handle.truncate(0));
    if (start > 0) throw new Error('what an earlier download had left did not fit');
    throw wrongBytes(url);
  } finally {
    await handle.close();
  }
}

/**
 * Receives the rest of a file.
 *
 * @returns the byte at which the server started: 0 when it ignored the range
 */
async function receive(
  { url, file, partial }: Job,
  handle: FileHandle,
  from: number,
  { signal, onBytes, stallMs = patient.stallMs }: DownloadOptions,
): Promise<number> {
  const stall = new AbortController();
  const watchdog = setTimeout(() => stall.abort(new Error(`no data for ${stallMs} ms`)), stallMs);
  try {
    const response = await request(
      url,
      from,
      signal ? AbortSignal.any([signal, stall.signal]) : stall.signal,
    );
    const start = startOf(response, url, from, file);
    if (start !== from) await writing(partial, () => handle.truncate(0));
    if (start === undefined) throw new Error('the server could not continue where the download had stopped');
    let position = start;
    for await (const chunk of response.body ?? []) {
      watchdog.refresh();
      if (position + chunk.length > file.bytes) throw wrongBytes(url);
      position = await writing(partial, () => writeAll(handle, chunk, position));
      onBytes?.(position);
    }
    if (position < file.bytes)
      throw new Error(`the connection ended after ${position} of ${file.bytes} bytes`);
    return start;
  } finally {
    clearTimeout(watchdog);
    // A body that nobody reads would keep its connection.
    stall.abort();
  }
}

/** The byte at which a response starts; undefined when it does not continue what was asked for. */
function startOf(response: Response, url: URL, from: number, file: WeightFile): number | undefined {
  const { status, headers } = response;
  if (status === 206) return headers.get('content-range')?.startsWith(`bytes ${from}-`) ? from : undefined;
  if (status === 416) return undefined;
  if (status >= 500 || status === 408 || status === 429) throw new Error(`the server answered ${status}`);
  if (status !== 200) throw downloadFailed(url, `the server answered ${status}`);
  const length = headers.has('content-encoding') ? null : headers.get('content-length');
  if (length !== null && Number(length) !== file.bytes) throw wrongBytes(url);
  return 0;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<number> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
  return position + chunk.length;
}

function reasonOf(error: unknown): string {
  // fetch says only "fetch failed"; what failed is in its cause.
  const { message, cause } = error as Error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message;
}

function downloadFailed(url: URL, reason: string, cause?: unknown): ImpastoError {
  return new ImpastoError('download-failed', `${url.href} could not be downloaded: ${reason}.`, {
    advice: `Check the network, and IMPASTO_MODELS_URL if it is set. ${otherWays}`,
    cause,
  });
}

function wrongBytes(url: URL): ImpastoError {
  return new ImpastoError('weights-corrupt', `${url.href} is not the file that was expected.`, {
    advice: `Check that IMPASTO_MODELS_URL, if it is set, serves unchanged copies of the files. ${otherWays}`,
  });
}
