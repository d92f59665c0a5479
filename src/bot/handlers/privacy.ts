import { setTimeout as delay } from 'node:timers/promises';
import { isUnfinished, type Job } from '../../core/job.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { Erased, Store } from '../../store/store.ts';
import type { Chat } from '../chat.ts';
import { counted, listed } from '../text.ts';
import type { Handler } from './handler.ts';
import { cancelJob } from './jobs.ts';

/** Jobs that a user may have in the queue at most, over all servers; more would be a defect of the limits. */
const MAX_OPEN = 10_000;
/** So long another gateway has for putting the end of its own jobs on record, in milliseconds. */
const ELSEWHERE_MS = 10_000;
const POLL_MS = 250;

/** Erases what is kept of a user: jobs, pictures, saved styles, preferences, and the messages that show them. */
export const forgetMe: Handler = async (event, options, handling) => {
  if (!options.flag('confirm')) {
    throw new ImpastoError('bad-setting', 'Nothing has been erased.', {
      advice: 'With confirm: true, your pictures, jobs, saved styles and preferences are erased for good.',
    });
  }
  const { store, keeping, chats, conversations, log } = handling;
  const key = { platform: event.place.platform, user: event.actor.id };
  const open = (await store.jobs.ofUser(key, MAX_OPEN)).filter(isUnfinished);
  const ends: Promise<void>[] = [];
  for (const job of open) {
    const ended = conversations.ended(job.id);
    if (await cancelJob(job, handling)) ends.push(ended);
  }
  await Promise.all(ends);
  await conversations.settled();
  const unended = await elsewhere(open, store);
  const erased = await store.eraseUser(key);
  await keeping.release(erased.pictures);
  let removed = 0;
  for (const message of erased.messages) {
    try {
      await removeFrom(chats.get(message.platform), message);
      removed += 1;
    } catch (err) {
      log.info({ err, message: message.message }, 'a message could not be removed');
    }
  }
  const left = erased.messages.length - removed;
  const parts = [
    counted(erased.jobs, 'job'),
    counted(erased.pictures.length, 'picture'),
    counted(erased.styles, 'saved style'),
    counted(erased.preferences, 'preference'),
    counted(removed, 'message'),
  ];
  const lines = [
    `Erased: ${listed(parts)}.${unended === 0 ? ' I know nothing of you any longer.' : ''}`,
    ...(unended > 0 ? [`⚠ ${stillPainted(unended)} elsewhere: ask again in a minute.`] : []),
    ...(left > 0 ? [`⚠ I could not remove ${counted(left, 'message')}: ask a moderator to do it.`] : []),
  ];
  return { text: lines.join('\n'), private: true };
};

/**
 * Waits, for a limited time, until the record shows that jobs have ended and been answered: another gateway tells the
 * end of its own.
 *
 * @returns how many have not ended
 */
async function elsewhere(jobs: readonly Job[], store: Store): Promise<number> {
  for (const deadline = performance.now() + ELSEWHERE_MS; ; ) {
    const found = await Promise.all(jobs.map(({ id }) => store.jobs.get(id)));
    const left = found.filter((job) => job !== undefined && (isUnfinished(job) || job.deliveredAt === null));
    if (left.length === 0 || performance.now() >= deadline)
      return left.filter((job) => job && isUnfinished(job)).length;
    await delay(POLL_MS);
  }
}

function stillPainted(jobs: number): string {
  return jobs === 1 ? 'One job is still being painted' : `${jobs} jobs are still being painted`;
}

/** @throws ImpastoError what the chat's methods throw, `platform-failed` where there is none. */
function removeFrom(chat: Chat | undefined, message: Erased['messages'][number]): Promise<void> {
  if (!chat) {
    throw new ImpastoError('platform-failed', `${message.platform} is not connected.`, {
      advice: 'Connect it.',
    });
  }
  return message.role === 'thread' ? chat.forgetThread(message) : chat.remove(message);
}
