import { z } from 'zod';
import { ImpastoError } from '../nst/errors.ts';
import type { StylizeOptions } from '../nst/settings.ts';
import type { Spending } from '../store/store.ts';
import type { Actor } from './chat.ts';
import { inWords } from './text.ts';

const DAY_MS = 86_400_000;

/** The limits that are numbers: their names as options, what they mean, their range and default. */
export const LIMITS = {
  maxSize: {
    option: 'max_size',
    description: 'largest longer side of a result, in pixels',
    min: 64,
    max: 8192,
    standard: 1024,
  },
  maxEvaluations: {
    option: 'max_evaluations',
    description: 'most evaluations for one painting',
    min: 1,
    max: 100_000,
    standard: 500,
  },
  concurrentPerUser: {
    option: 'concurrent_per_user',
    description: 'paintings of one user that are worked on at once; others of theirs wait',
    min: 1,
    max: 64,
    standard: 1,
  },
  waitingPerUser: {
    option: 'waiting_per_user',
    description: 'jobs of one user that may wait at once',
    min: 1,
    max: 1000,
    standard: 5,
  },
  jobsPerUserPerDay: {
    option: 'jobs_per_user_per_day',
    description: 'jobs of one user in 24 hours',
    min: 0,
    max: 100_000,
    standard: 50,
  },
  secondsPerServerPerDay: {
    option: 'seconds_per_server_per_day',
    description: 'seconds of painting for the whole server in 24 hours',
    min: 0,
    max: 10_000_000,
    standard: 86_400,
  },
  cooldownSeconds: {
    option: 'cooldown_seconds',
    description: 'seconds between two jobs of one user',
    min: 0,
    max: 86_400,
    standard: 0,
  },
} as const;

export type LimitName = keyof typeof LIMITS;

const numbers = Object.fromEntries(
  Object.entries(LIMITS).map(([name, { min, max, standard }]) => [
    name,
    z.int().min(min).max(max).default(standard),
  ]),
) as { [Name in LimitName]: z.ZodDefault<z.ZodInt> };

/** By role, as it is kept: an object. A role may be called `constructor` or `__proto__`, so it is read into a map. */
const perRole = z
  .preprocess((kept) => new Map(Object.entries(kept ?? {})), z.map(z.string(), z.int().min(0).max(100_000)))
  .default(new Map());

const ids = z.array(z.string().min(1).max(64)).max(500).default([]);

/** A server's limits. An empty list of channels or roles allows all. */
export const limitsSchema = z.object({
  ...numbers,
  /** Jobs in 24 hours of each member with a role; a member's most generous role counts, in place of jobsPerUserPerDay. */
  jobsPerRolePerDay: perRole,
  allowedChannels: ids,
  allowedRoles: ids,
  blockedUsers: ids,
});

export type Limits = Readonly<z.output<typeof limitsSchema>>;

/** What whoever runs the instance permits at most; no server's limit goes beyond it. */
export type Maxima = Readonly<Record<Exclude<LimitName, 'cooldownSeconds'>, number>>;

/** A server's limits in force: its own where it set any, never beyond the instance's. */
export function limitsInForce(own: Record<string, unknown>, maxima: Maxima): Limits {
  const limits: Record<string, unknown> = limitsSchema.parse(own);
  for (const [name, maximum] of Object.entries(maxima)) {
    limits[name] = Math.min(limits[name] as number, maximum);
  }
  const ofRoles = [...(limits.jobsPerRolePerDay as Limits['jobsPerRolePerDay'])];
  limits.jobsPerRolePerDay = new Map(
    ofRoles.map(([role, count]) => [role, Math.min(count, maxima.jobsPerUserPerDay)]),
  );
  return limits as Limits;
}

/** A request in the words of limits. */
export interface LimitedRequest {
  readonly actor: Actor;
  readonly channel: string;
  readonly options: StylizeOptions & { readonly size: number; readonly iterations: number };
}

/** Allowed, perhaps with changes, of which each notice tells one. */
export interface Decision {
  readonly options: LimitedRequest['options'];
  readonly notices: readonly string[];
}

/**
 * Decides whether a request may be accepted.
 *
 * @param spending - the server's jobs of the last 24 hours and all that wait or run.
 * @param now - milliseconds since 1970. A clock that was set back leaves jobs in the future: those further ahead than the
 *   time that matters do not count, and nobody waits for longer than that time.
 * @throws ImpastoError `not-allowed` or `over-limit`, which tells why and when to try again.
 */
export function decide(
  request: LimitedRequest,
  limits: Limits,
  spending: readonly Spending[],
  now: number,
): Decision {
  checkAccess(request.actor, request.channel, limits);
  const own = spending.filter(({ user }) => user === request.actor.id);
  checkWaiting(own, limits);
  checkDaily(own, jobsPerDay(request.actor, limits), now);
  checkCooldown(own, limits, now);
  checkServerTime(spending, limits, now);
  return clamp(request.options, limits);
}

/** @throws ImpastoError `not-allowed` when the user may not use the bot here at all. */
export function checkAccess(actor: Actor, channel: string, limits: Limits): void {
  if (limits.blockedUsers.includes(actor.id)) {
    throw new ImpastoError('not-allowed', 'You have been blocked from using me on this server.', {
      advice: 'A moderator can lift the block.',
    });
  }
  const { allowedChannels, allowedRoles } = limits;
  if (allowedChannels.length > 0 && !allowedChannels.includes(channel)) {
    const places = allowedChannels.slice(0, 5).map((id) => `<channel:${id}>`);
    throw new ImpastoError('not-allowed', 'I may not paint in this channel.', {
      advice: `Try ${places.join(', ')}.`,
    });
  }
  if (allowedRoles.length > 0 && !allowedRoles.some((role) => actor.roles.includes(role))) {
    const roles = allowedRoles.slice(0, 5).map((id) => `<role:${id}>`);
    throw new ImpastoError('not-allowed', 'On this server only some roles may ask me to paint.', {
      advice: `They are ${roles.join(', ')}.`,
    });
  }
}

/** @throws ImpastoError `not-allowed` when the user may not paint here, be it that their number of jobs is 0. */
export function checkMayPaint(actor: Actor, channel: string, limits: Limits): void {
  checkAccess(actor, channel, limits);
  if (jobsPerDay(actor, limits) === 0) throw noJobs();
}

function checkWaiting(own: readonly Spending[], { waitingPerUser }: Limits): void {
  const waiting = own.filter(({ state }) => state === 'waiting').length;
  if (waiting < waitingPerUser) return;
  throw new ImpastoError(
    'over-limit',
    `You have ${waiting} jobs waiting; the limit here is ${waitingPerUser}.`,
    {
      advice: 'Try again when one of them has been painted, or `cancel` one.',
    },
  );
}

function jobsPerDay(actor: Actor, { jobsPerRolePerDay, jobsPerUserPerDay }: Limits): number {
  const ofRoles = actor.roles
    .map((role) => jobsPerRolePerDay.get(role))
    .filter((count) => count !== undefined);
  return ofRoles.length > 0 ? Math.max(...ofRoles) : jobsPerUserPerDay;
}

/** A job that failed, or was cancelled before any painting, is not held against its requester. */
function counts({ state, painterMs }: Spending): boolean {
  return state !== 'failed' && !(state === 'cancelled' && painterMs === 0);
}

function checkDaily(own: readonly Spending[], allowed: number, now: number): void {
  const times = own
    .filter((job) => counts(job) && remaining(job.createdAt, DAY_MS, now) > 0)
    .map(({ createdAt }) => createdAt)
    .sort((a, b) => a - b);
  if (times.length < allowed) return;
  if (allowed === 0) throw noJobs();
  const message = `You have had ${times.length} of ${allowed} jobs in 24 hours.`;
  // The quota is free again when so many have left the window that fewer than allowed remain.
  const leaving = times[times.length - allowed] as number;
  throw new ImpastoError('over-limit', message, { advice: tryAgain(remaining(leaving, DAY_MS, now)) });
}

function noJobs(): ImpastoError {
  return new ImpastoError('not-allowed', 'You may not ask me to paint on this server.', {
    advice: 'Its admins have set your number of jobs to 0.',
  });
}

function checkCooldown(own: readonly Spending[], { cooldownSeconds }: Limits, now: number): void {
  const each = own.filter(counts).map(({ createdAt }) => remaining(createdAt, 1000 * cooldownSeconds, now));
  const left = Math.max(0, ...each);
  if (left === 0) return;
  throw new ImpastoError('over-limit', `Between two of your jobs ${cooldownSeconds} s must pass here.`, {
    advice: tryAgain(left),
  });
}

function checkServerTime(
  spending: readonly Spending[],
  { secondsPerServerPerDay }: Limits,
  now: number,
): void {
  const allowed = 1000 * secondsPerServerPerDay;
  const ahead = spending
    .filter(({ finishedAt }) => finishedAt === null)
    .reduce((sum, { estimateMs }) => sum + estimateMs, 0);
  const past = spending
    .filter(({ finishedAt }) => finishedAt !== null && remaining(finishedAt, DAY_MS, now) > 0)
    .sort((a, b) => (b.finishedAt as number) - (a.finishedAt as number));
  let used = ahead;
  for (const { painterMs, finishedAt } of past) {
    used += painterMs;
    if (used < allowed) continue;
    const wait = remaining(finishedAt as number, DAY_MS, now);
    throw serverTimeUsed(secondsPerServerPerDay, tryAgain(wait));
  }
  if (used >= allowed) {
    throw serverTimeUsed(secondsPerServerPerDay, 'Try again when the jobs that wait have been painted.');
  }
}

/** Milliseconds until a time is so long ago, at most so many; 0 when it is, or lies as far ahead: nothing is known of it. */
function remaining(since: number, duration: number, now: number): number {
  const left = since + duration - now;
  return left < 2 * duration ? Math.min(Math.max(0, left), duration) : 0;
}

function serverTimeUsed(seconds: number, advice: string): ImpastoError {
  const message = `This server has used up its ${seconds} s of painting in 24 hours.`;
  return new ImpastoError('over-limit', message, { advice });
}

function tryAgain(milliseconds: number): string {
  return `Try again in ${inWords(milliseconds)}.`;
}

function clamp(options: LimitedRequest['options'], { maxSize, maxEvaluations }: Limits): Decision {
  const notices: string[] = [];
  const changed = { ...options };
  if (options.size > maxSize) {
    notices.push(`The largest size here is ${maxSize} px; you asked for ${options.size}.`);
    changed.size = maxSize;
  }
  if (options.iterations > maxEvaluations) {
    notices.push(`The limit here is ${maxEvaluations} evaluations; you asked for ${options.iterations}.`);
    changed.iterations = maxEvaluations;
  }
  return { options: changed, notices };
}
