import { setTimeout as delay } from 'node:timers/promises';
import type { MessagePicture } from '../../bot/chat.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { SlackApi } from './api.ts';
import { chatError, slackError, tooLarge } from './failures.ts';

/** Largest picture that is uploaded, in bytes: Slack takes more, but shows no larger ones in messages. */
export const UPLOAD_BYTES = 20 * 1024 * 1024;
/** A message takes a fresh file only when it has been processed: tried so often, with ever longer pauses. */
const ATTEMPTS = 10;
/** What Slack says to blocks with a fresh file, in messages and in modals. */
const FRESH: ReadonlySet<string> = new Set(['invalid_blocks', 'invalid_arguments']);

/** Pictures of messages: uploaded, shown as soon as Slack has processed them, and taken away. */
export class Pictures {
  readonly #api: SlackApi;
  readonly #pauseMs: number;

  /** @param pauseMs - milliseconds before a fresh file is tried again, each time so many more. */
  constructor(api: SlackApi, pauseMs: number) {
    this.#api = api;
    this.#pauseMs = pauseMs;
  }

  /**
   * Uploads a picture that belongs to no channel yet: it is seen where a message shows it.
   *
   * @returns its id.
   * @throws ImpastoError `upload-too-large`, and what Chat's methods throw.
   */
  async upload(picture: MessagePicture): Promise<string> {
    if (picture.bytes.length > UPLOAD_BYTES) {
      const { message, advice } = tooLarge();
      throw new ImpastoError('upload-too-large', message, { advice });
    }
    const { bytes, name, alt } = picture;
    const { file_id, upload_url } = await this.#api.call('files.getUploadURLExternal', {
      filename: name,
      length: bytes.length,
      alt_txt: alt.slice(0, 1000),
    });
    const id = String(file_id);
    await this.#api.send(String(upload_url), bytes);
    await this.#api.call('files.completeUploadExternal', { files: [{ id, title: name }] });
    return id;
  }

  /** Makes a call that shows a fresh file, again and again until Slack has processed it. */
  async showing<Result>(call: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call();
      } catch (error) {
        if (!FRESH.has(slackError(error) ?? '')) throw error;
        if (tries === ATTEMPTS) {
          throw new ImpastoError('platform-failed', 'Slack has not processed the picture in time.', {
            advice: 'Wait a little.',
            cause: error,
          });
        }
      }
      await delay(this.#pauseMs * tries);
    }
  }

  /** Deletes a file of ours; one that is gone already is no error. */
  async remove(id: string): Promise<void> {
    try {
      await this.#api.raw('files.delete', { file: id });
    } catch (error) {
      if (slackError(error) !== 'file_not_found' && slackError(error) !== 'file_deleted')
        throw chatError(error);
    }
  }
}
