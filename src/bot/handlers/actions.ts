import type { Job } from '../../core/job.ts';
import { ImpastoError } from '../../nst/errors.ts';
import { packedSize } from '../../nst/image/packed-raster.ts';
import { type Action, findAction } from '../actions.ts';
import type { ActionEvent, Message } from '../chat.ts';
import { pictureFor, sendable } from '../delivery.ts';
import { keptPicture, turnOf } from '../intake.ts';
import { checkAccess, limitsInForce } from '../limits.ts';
import { resultMessage } from '../messages.ts';
import { apology } from '../text.ts';
import type { Handling } from './handler.ts';
import { cancelJob, checkOwner } from './jobs.ts';

/** The same action by the same user within this time is one action: reactions are taken away and put back. */
const DEBOUNCE_MS = 3000;

/** Carries out reactions and buttons on the bot's messages. */
export class Actions {
  readonly #handling: Handling;
  readonly #recent = new Map<string, number>();

  constructor(handling: Handling) {
    this.#handling = handling;
  }

  /**
   * @returns the answer; nothing for what means nothing, or has been answered already.
   * @throws ImpastoError what is told to whoever acted
   */
  async handle(event: ActionEvent): Promise<Message | undefined> {
    const action = findAction(event.action);
    const job = action && (await this.#jobOf(event));
    if (!action || !job) return undefined;
    // A form that was refused may be sent again at once.
    if (event.options === undefined && (await this.#repeated(event, job, action))) return undefined;
    const { actor, place } = event;
    const { store, settings } = this.#handling;
    const server = { platform: place.platform, server: place.server };
    const limits = limitsInForce(await store.servers.limits(server), settings.maxima);
    // Answers to reactions are messages, of which somebody who is blocked could have as many as they like.
    if (event.jobId === undefined && limits.blockedUsers.includes(actor.id)) return undefined;
    checkAccess(actor, place.channel, limits);
    if (action.name === 'remove') return this.#remove(event, job);
    if (job.deletedAt !== null) throw gone(job, 'has been deleted');
    // A form is what a button opens; its emoji as a reaction means nothing.
    if (!action.on.includes(job.kind) || (action.form && !event.options)) return undefined;
    if (action.change) return this.#again(event, job, action);
    return action.name === 'timelapse' ? this.#timelapse(event, job) : this.#send(event, job);
  }

  /** A button says its job; a reaction's is found by its message. Messages that show no job mean nothing. */
  async #jobOf({ jobId, message, place }: ActionEvent): Promise<Job | undefined> {
    const { store } = this.#handling;
    const linked = jobId === undefined ? await store.messages.find(message) : undefined;
    const id = linked?.role === 'thread' ? undefined : (jobId ?? linked?.jobId);
    const job = id === undefined ? undefined : await store.jobs.get(id);
    if (job?.platform === place.platform) return job;
    if (jobId === undefined) return undefined;
    throw new ImpastoError('unknown-job', 'I no longer know this picture.', {
      advice: 'Use `stylize` anew.',
    });
  }

  async #repeated({ actor, place }: ActionEvent, job: Job, action: Action): Promise<boolean> {
    const { claim } = this.#handling;
    const now = performance.now();
    for (const [key, at] of this.#recent) {
      if (now - at < DEBOUNCE_MS) break;
      this.#recent.delete(key);
    }
    const key = `${place.platform}:${actor.id}:${job.id}:${action.name}`;
    if (this.#recent.has(key)) return true;
    this.#recent.set(key, now);
    return claim !== undefined && !(await claim(`action:${key}`, DEBOUNCE_MS / 1000));
  }

  /** A new job with changed options, charged to whoever acted, warm-started where the parent has its picture. */
  async #again(
    { actor, place, options }: ActionEvent,
    parent: Job,
    action: Action,
  ): Promise<Message | undefined> {
    const { pictures, admission } = this.#handling;
    const change = action.change?.(parent, options);
    if (!change) return undefined;
    const sources = [
      parent.content,
      ...parent.styles.map(({ hash }) => hash),
      ...(parent.mask ? [parent.mask] : []),
    ];
    for (const hash of sources) {
      if (!(await pictures.has(hash))) throw gone(parent, 'is too old: its pictures are no longer kept');
    }
    const finished = parent.kind === 'painting' ? parent.result?.picture : undefined;
    const warm = change.warm && finished !== undefined && (await pictures.has(finished));
    // Nothing is decoded for those who may not ask.
    await admission.decide({ actor, place, options: change.options, styles: parent.styles });
    const person = { platform: place.platform, user: actor.id };
    const here = parent.server === place.server && parent.channel === place.channel;
    const before = JSON.stringify(parent.options);
    return admission.accept({
      kind: 'painting',
      parentId: parent.id,
      change: `${action.emoji} ${change.label}`,
      actor,
      // A result that was sent to direct messages is painted again there, under the limits that hold there.
      place: here ? { ...place, thread: place.thread ?? parent.thread } : place,
      options: change.options,
      content: parent.content,
      photograph: packedSize(await keptPicture(parent.content, person, this.#handling)),
      styles: parent.styles,
      mask: parent.mask,
      init: warm ? finished : null,
      lane: 'fast',
      notices: [],
      stillWorthIt(options, notices) {
        if (JSON.stringify(options) !== before || action.name.startsWith('pick')) return;
        throw new ImpastoError('over-limit', notices.join(' '), {
          advice: 'Nothing would change, so I leave it.',
        });
      },
    });
  }

  async #timelapse({ actor, place }: ActionEvent, job: Job): Promise<Message> {
    const { pictures } = this.#handling;
    if (!job.result) throw unfinished(job);
    const hash = job.result.timelapse;
    if (!hash || !(await pictures.has(hash))) throw gone(job, 'has no time lapse any longer');
    const person = turnOf({ platform: place.platform, user: actor.id });
    const lapse = { read: () => pictures.get(hash), person };
    const { bytes, extension } = await sendable(lapse, place, this.#handling);
    const name = `${job.id}-time-lapse.${extension}`;
    return {
      text: `How \`${job.id}\` was painted`,
      picture: { bytes, name, alt: 'An animation of the painting coming to be' },
    };
  }

  /** A copy is linked to its job, so that its buttons and reactions work and it goes with the result. */
  async #send({ actor, place, jobId }: ActionEvent, job: Job): Promise<Message | undefined> {
    const { store, pictures, chats, now } = this.#handling;
    const chat = chats.get(place.platform);
    if (!job.result) throw unfinished(job);
    if (!chat || !(await pictures.has(job.result.picture))) throw gone(job, 'is no longer kept');
    const direct = { ...place, server: `@${actor.id}`, channel: `@${actor.id}`, thread: null };
    const picture = await pictureFor(job, direct, this.#handling, { asked: actor });
    const { text, buttons = [] } = resultMessage(job, picture);
    // A form would show the options of a job of which others may know only where it was asked for.
    const usable = job.user === actor.id ? buttons : buttons.filter(({ form }) => !form);
    try {
      const message = { text, picture, buttons: usable };
      const copy = await chat.direct(actor.id, message, `send-${job.id}-${actor.id}-${now()}`);
      await store.messages.link(copy, job.id, 'result');
    } catch (error) {
      if (!(error instanceof ImpastoError)) throw error;
      throw new ImpastoError('platform-refused', `I cannot write to you: ${apology(error)}`, {
        advice: 'Permit direct messages from members of this server.',
        cause: error,
      });
    }
    // Where a reaction's answer would be a direct message, too, it would say what is seen just above it.
    if (jobId === undefined) return undefined;
    return { text: `\`${job.id}\` is in your direct messages.`, private: true };
  }

  /** Cancels what is not finished; deletes what is: its messages and its own pictures. */
  async #remove({ actor, place, message: acted }: ActionEvent, job: Job): Promise<Message | undefined> {
    if (place.server === `@${actor.id}` && job.user !== actor.id) {
      // Of somebody else's result, people have but the copy that was sent to them.
      await this.#handling.chats.get(place.platform)?.remove(acted);
      return undefined;
    }
    checkOwner(job, actor, place);
    if (await cancelJob(job, this.#handling)) return undefined;
    const { store, keeping, chats, now } = this.#handling;
    if (job.state !== 'done' || job.deletedAt !== null) return undefined;
    await store.jobs.update(job.id, { deletedAt: now() });
    await keeping.release([job.result?.picture, job.result?.timelapse].filter((hash) => hash !== undefined));
    for (const message of await store.messages.ofJob(job.id)) {
      if (message.role === 'result') await chats.get(message.platform)?.remove(message);
    }
    return { text: `\`${job.id}\` is deleted.`, private: true };
  }
}

function gone(job: Job, why: string): ImpastoError {
  return new ImpastoError('picture-gone', `\`${job.id}\` ${why}.`, { advice: 'Use `stylize` anew.' });
}

function unfinished(job: Job): ImpastoError {
  return new ImpastoError('picture-gone', `\`${job.id}\` has no picture yet.`, {
    advice: 'Try again when it has been painted.',
  });
}
