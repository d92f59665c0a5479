import type { Failure } from '../core/failures.ts';
import type { Job } from '../core/job.ts';
import type { PaintProgress } from '../core/task.ts';
import { withoutReordering } from '../core/text-direction.ts';
import { allDefaults, unusualSettings } from '../nst/method-change.ts';
import { DEFAULT_METHOD } from '../nst/method-settings.ts';
import type { Ticket } from '../queue/queue.ts';
import { ACTIONS, buttonsFor } from './actions.ts';
import type { Message, MessagePicture } from './chat.ts';
import { optionName } from './commands.ts';
import {
  apology,
  beginning,
  counted,
  inWords,
  listed,
  meter,
  quoted,
  signed,
  stopwatch,
  valueText,
} from './text.ts';

/** Longest text of a message, in characters: Discord takes 2,000, with room for a mention. */
const MAX_TEXT = 1900;

/** So much of a text is given up, at most, to end it with a whole line, or with a whole word. */
const MAX_WASTE = 300;

/**
 * A text fit to be sent: nothing in it turns the rest around, and one that is too long is cut, if need be within a line, but
 * within no reference such as `<user:1>` and no emoji.
 */
export function fitText(given: string): string {
  const text = withoutReordering(given);
  if (text.length <= MAX_TEXT) return text;
  const kept = beginning(text, MAX_TEXT - 2);
  for (const end of ['\n', ' ']) {
    const cut = kept.lastIndexOf(end);
    if (cut > MAX_TEXT - MAX_WASTE) return `${kept.slice(0, cut)}${end}…`;
  }
  return `${kept.replace(/<\w*:?\w*$/, '')} …`;
}

function lines(...parts: readonly (string | false | null | undefined)[]): string {
  return fitText(parts.filter((part) => part).join('\n'));
}

/** The status of a job that waits. */
export function waitingMessage(
  job: Job,
  ticket: Ticket | undefined,
  notices: readonly string[] = [],
): Message {
  const place =
    ticket === undefined || (ticket.position === 1 && ticket.startsInMs === 0)
      ? 'next'
      : `number ${ticket.position} in the queue, starts in ${inWords(ticket.startsInMs)}`;
  return {
    text: lines(
      `**Accepted** · ${place} · then ${inWords(job.estimateMs)} of painting · \`${job.id}\``,
      ...told(job),
      ...notices.map((notice) => `⚠ ${notice}`),
    ),
    buttons: buttonsFor(job, 'progress'),
    progress: 0,
  };
}

/** What a job's thread is called. */
export function threadTitle(job: Job): string {
  const title = job.change === null ? styleNames(job) : `${styleNames(job)} · ${job.change}`;
  return beginning(job.kind === 'sweep' ? `five strengths of ${title}` : title, 80);
}

/** The status of a job that is being painted. */
export function paintingMessage(
  job: Job,
  progress: PaintProgress | undefined,
  notices: readonly string[],
  thumbnail: Uint8Array | undefined,
): Message {
  const share = progress ? progress.iteration / progress.iterations : 0;
  const percent = Math.min(99, Math.floor(100 * share));
  const left = progress && progress.iteration > 1 ? ` · ${inWords(progress.remainingMs)} left` : '';
  return {
    text: lines(
      `**Painting** ${meter(share)} ${percent} %${left} · \`${job.id}\``,
      ...told(job),
      ...notices.map((notice) => `⚠ ${notice}`),
    ),
    buttons: buttonsFor(job, 'progress'),
    progress: share,
    ...(thumbnail && {
      picture: {
        bytes: thumbnail,
        name: `${job.id}-${percent}.jpg`,
        alt: `The painting in progress, ${percent} %`,
      },
    }),
  };
}

/** What the status is reduced to when the job has ended. */
export function lastLine(job: Job): Message {
  const took = stopwatch(job.painterMs);
  if (job.state === 'done') return { text: `Painted in ${took} · \`${job.id}\`` };
  if (job.state === 'cancelled') return { text: `Cancelled · \`${job.id}\`` };
  return { text: `Failed · \`${job.id}\`` };
}

/** The finished picture, which calls its requester. */
export function resultMessage(job: Job, picture: MessagePicture & { readonly reduced: boolean }): Message {
  const what =
    job.kind === 'sweep' ? 'your sheet is ready: which one shall I paint?' : 'your picture is ready.';
  return {
    mention: job.user,
    text: lines(
      `${what} \`${job.id}\``,
      summary(job),
      ...told(job),
      ...(job.result?.warnings ?? []).map((warning) => `⚠ ${warning}`),
      picture.reduced && 'ℹ Compressed, because the picture as it was painted is too large to be sent here.',
      legend(job),
    ),
    picture,
    buttons: buttonsFor(job, 'result'),
  };
}

/** Why there is no picture. */
export function failureMessage(job: Job): Message {
  const failure: Failure = job.failure ?? {
    code: 'engine-failed',
    message: 'It failed.',
    advice: 'Try again.',
  };
  return {
    mention: job.user,
    text: lines(`I could not paint \`${job.id}\`: ${apology(failure)}`),
  };
}

/** What the requester was told on acceptance. */
function told({ notices }: Job): string[] {
  return notices.map((notice) => `ℹ ${notice}`);
}

/** What the reactions on a result do. */
export function legend({ kind }: Pick<Job, 'kind'>): string {
  const offered = ACTIONS.filter(({ on, form }) => on.includes(kind) && !form);
  return offered.map(({ emoji, label }) => `${emoji} ${label}`).join(' · ');
}

/** A job in one line: its styles and what differs from the defaults. */
export function summary(job: Job): string {
  const { options, result } = job;
  const size = result ? `${result.width}×${result.height}` : `${options.size} px`;
  const parts = Object.entries(unusualSettings(options))
    .filter(([name]) => name !== 'size')
    .map(
      ([name, value]) =>
        `${optionName(name)} ${name === 'strength' ? signed(value as number) : valueText(value)}`,
    );
  return [`**${styleNames(job)}**`, size, ...parts].join(' · ');
}

/** Everything about a job, a line each. */
export function details(job: Job, lineage: readonly Job[]): string {
  const { result, options } = job;
  const origin = lineage.map((each) => `\`${each.id}\`${each.change ? ` (${each.change})` : ''}`);
  return lines(
    `**${styleNames(job)}** · \`${job.id}\` · ${job.state}`,
    `for ${quoted(job.userName)}, ${new Date(job.createdAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    lineage.length > 1 && `Lineage: ${origin.join(' → ')}`,
    result &&
      `Result: ${result.width}×${result.height}, ${counted(result.iterations, 'evaluation')}, ${stopwatch(job.painterMs)}`,
    job.failure && apology(job.failure),
    ...told(job),
    ...(result?.warnings ?? []).map((warning) => `⚠ ${warning}`),
    `Parameters: ${Object.entries({ ...allDefaults(options.method ?? DEFAULT_METHOD), ...options })
      .map(([name, value]) => `${optionName(name)} ${valueText(value)}`)
      .join(', ')}`,
  );
}

/** The names of a job's styles, safe to show. */
export function styleNames({ styles }: Pick<Job, 'styles'>): string {
  return listed(styles.map(({ name }) => name.replace(/[*`]/g, '')));
}
