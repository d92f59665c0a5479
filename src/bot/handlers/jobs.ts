import { isUnfinished, type Job } from '../../core/job.ts';
import { ImpastoError } from '../../nst/errors.ts';
import type { Actor, CommandEvent, Place } from '../chat.ts';
import { pictureFor } from '../delivery.ts';
import { details, styleNames } from '../messages.ts';
import type { Services } from '../services.ts';
import { inWords, quoted } from '../text.ts';
import type { Handler, Handling } from './handler.ts';

/** A lineage is followed so far back. */
const MAX_LINEAGE = 20;

/**
 * A job by its id, for somebody who may know of it: its own requester, or anybody where it was asked for.
 *
 * @throws ImpastoError `unknown-job`
 */
export async function visibleJob(id: string, actor: Actor, place: Place, { store }: Services): Promise<Job> {
  const job = await store.jobs.get(id.trim().toLowerCase());
  const own = job?.user === actor.id;
  if (job && job.platform === place.platform && (own || job.server === place.server)) return job;
  throw new ImpastoError('unknown-job', `There is no job ${quoted(id)} here.`, {
    advice: 'Its id stands under the picture, such as `k3f9x2mq`.',
  });
}

/** @throws ImpastoError `not-allowed` unless the job is the actor's, or the actor moderates where it was asked for. */
export function checkOwner(job: Job, actor: Actor, place: Place): void {
  const moderates = (actor.admin || actor.moderator) && job.server === place.server;
  if (job.user === actor.id || moderates) return;
  throw new ImpastoError('not-allowed', `\`${job.id}\` is somebody else’s.`, {
    advice: 'Only its requester and moderators may cancel or delete it.',
  });
}

/** Cancels a job that waits or runs; false when it has ended. */
export async function cancelJob(job: Job, { queue }: Services): Promise<boolean> {
  if (!isUnfinished(job)) return false;
  return queue.cancel(job.id);
}

export const cancel: Handler = async (event, options, handling) => {
  const { actor, place } = event;
  const id = options.text('job');
  const job = id ? await visibleJob(id, actor, place, handling) : await latest(event, handling);
  checkOwner(job, actor, place);
  const cancelled = await cancelJob(job, handling);
  return {
    text: cancelled ? `Cancelled \`${job.id}\`.` : `\`${job.id}\` has ended already.`,
    private: true,
  };
};

async function latest({ actor, place }: CommandEvent, { store }: Handling): Promise<Job> {
  const jobs = await store.jobs.ofUser({ platform: place.platform, user: actor.id }, 50);
  const job = jobs.find(isUnfinished);
  if (job) return job;
  throw new ImpastoError('unknown-job', 'You have no job that waits or is being painted.', {
    advice: '`stylize` makes one.',
  });
}

export const queue: Handler = async ({ actor, place }, _, { queue: jobs, store }) => {
  const { waiting, running, painters } = await jobs.stats();
  const own = (await store.jobs.ofUser({ platform: place.platform, user: actor.id }, 50))
    .filter(isUnfinished)
    .reverse();
  const tickets = await jobs.tickets(own.map(({ id }) => id));
  const lines = own.map((job) => {
    const ticket = tickets.get(job.id);
    const where = ticket
      ? `number ${ticket.position}, starts in ${inWords(ticket.startsInMs)}`
      : 'being painted';
    return `\`${job.id}\` ${styleNames(job)} · ${where}`;
  });
  const all = `**Queue** · ${waiting} waiting · ${running} of ${painters} painters at work`;
  return {
    text: [all, ...(lines.length > 0 ? ['Yours:', ...lines] : ['None of them is yours.'])].join('\n'),
    private: true,
  };
};

export const result: Handler = async ({ actor, place }, options, handling) => {
  const job = await visibleJob(options.text('job') as string, actor, place, handling);
  const text = details(job, await lineageOf(job, handling));
  if (!job.result || job.deletedAt !== null) return { text };
  if (!(await handling.pictures.has(job.result.picture))) {
    return { text: `${text}\nℹ Its picture is no longer kept.` };
  }
  return { text, picture: await pictureFor(job, place, handling, { asked: actor }) };
};

async function lineageOf(job: Job, { store }: Services): Promise<Job[]> {
  const lineage = [job];
  for (let at: Job | undefined = job; at?.parentId && lineage.length < MAX_LINEAGE; ) {
    at = await store.jobs.get(at.parentId);
    if (at) lineage.unshift(at);
  }
  return lineage;
}
