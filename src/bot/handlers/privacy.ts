import { ImpastoError } from '../../nst/errors.ts';
import { counted, listed } from '../text.ts';
import type { Handler } from './handler.ts';
import { cancelJob } from './jobs.ts';

/** Jobs that a user may have in the queue at most, over all servers; more would be a defect of the limits. */
const MAX_OPEN = 10_000;

/** Erases what is kept of a user: jobs, pictures, saved styles, preferences, and the messages that show them. */
export const forgetMe: Handler = async (event, options, handling) => {
  if (!options.flag('confirm')) {
    throw new ImpastoError('bad-setting', 'Nothing has been erased.', {
      advice: 'With confirm: true, your pictures, jobs, saved styles and preferences are erased for good.',
    });
  }
  const { store, pictures, chats, conversations, log } = handling;
  const key = { platform: event.place.platform, user: event.actor.id };
  const open = (await store.jobs.ofUser(key, MAX_OPEN)).filter(
    ({ state }) => state === 'waiting' || state === 'running',
  );
  for (const job of open) {
    const ended = conversations.ended(job.id);
    if (await cancelJob(job, handling)) await ended;
  }
  await conversations.settled();
  const erased = await store.eraseUser(key);
  for (const hash of erased.pictures) {
    // Somebody may have sent the same picture in the meantime.
    if (!(await store.isReferenced(hash))) await pictures.remove(hash);
  }
  for (const message of erased.messages) {
    await chats
      .get(message.platform)
      ?.remove(message)
      .catch((error) => log.info({ err: error }, 'a message could not be removed'));
  }
  const parts = [
    counted(erased.jobs, 'job'),
    counted(erased.pictures.length, 'picture'),
    counted(erased.styles, 'saved style'),
    counted(erased.preferences, 'preference'),
    counted(erased.messages.length, 'message'),
  ];
  return { text: `Erased: ${listed(parts)}. I know nothing of you any longer.`, private: true };
};
