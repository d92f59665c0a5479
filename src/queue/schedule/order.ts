import type { QueuedJob, Ticket } from '../queue.ts';
import { type Busy, Forecast } from './forecast.ts';
import { Ledger, type Usage } from './ledger.ts';
import { Simulation } from './simulation.ts';
import { Group, type Tenant, UserQueue, type Waiting } from './waiting.ts';

/** Options of {@link FairOrder}. */
export interface FairOptions {
  /** How many jobs are painted at a time; start times are estimated by it, as if by 1 while there is none. */
  readonly painters: number;
  /** Painter time that was used before, to be fair about. */
  readonly usage?: readonly Usage[];
  /** After this time painter time counts half, in milliseconds; default one hour. */
  readonly halfLifeMs?: number;
  /** Fast jobs that have started since the last normal one; default 0. */
  readonly fastInARow?: number;
  /** Milliseconds since 1970; by default on a clock that does not jump when the machine's is set. */
  readonly now?: () => number;
}

interface Run extends Busy {
  readonly job: QueuedJob;
  readonly server: Tenant;
  readonly startedAt: number;
  endsAt: number;
}

const HOUR_MS = 3_600_000;

/** The time of now, which goes on steadily from here, whatever becomes of the machine's clock. */
function steadyClock(): () => number {
  const offset = Date.now() - performance.now();
  return () => Math.floor(offset + performance.now());
}

/**
 * Decides which waiting job is painted next: of the server that has had the least painter time of late, and there of
 * the user who has had the least; of equals, who was served least recently, then who came first. A user's own jobs
 * keep their order within a lane. A job that starts is charged its estimate at once, which is corrected when it ends.
 * The fast lane goes first, but after two fast jobs in a row a normal one goes when one waits. A user with as many
 * jobs on the painters as allowed is passed over.
 */
export class FairOrder {
  #painters = 1;
  readonly #now: () => number;
  readonly #ledger: Ledger;
  /** By lane and server. */
  readonly #groups = new Map<string, Group>();
  /** By the job's id. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Run>();
  #arrivals = 0;
  #fastInARow: number;
  /** Absent after a change. */
  #forecast: Forecast | undefined;

  constructor({
    painters,
    usage = [],
    halfLifeMs = HOUR_MS,
    fastInARow = 0,
    now = steadyClock(),
  }: FairOptions) {
    this.painters = painters;
    this.#fastInARow = fastInARow;
    this.#now = now;
    this.#ledger = new Ledger(halfLifeMs, now(), usage);
  }

  /** How many jobs are painted at a time. */
  set painters(count: number) {
    this.#forecast = undefined;
    this.#painters = Math.max(1, count);
  }

  /** Fast jobs that have started since the last normal one. */
  get fastInARow(): number {
    return this.#fastInARow;
  }

  /** Number of running jobs. */
  get running(): number {
    return this.#running.size;
  }

  /** Whether a job runs. */
  runs(jobId: string): boolean {
    return this.#running.has(jobId);
  }

  /** The ids of all jobs, waiting and running. */
  get jobIds(): string[] {
    return [...this.#waiting.keys(), ...this.#running.keys()];
  }

  /** Number of waiting jobs. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a job waits. */
  has(jobId: string): boolean {
    return this.#waiting.has(jobId);
  }

  /** Takes a job that neither waits nor runs. */
  add(job: QueuedJob): void {
    this.#forecast = undefined;
    const user = this.#ledger.user(job.user);
    const server = this.#ledger.server(job.server);
    const group = this.#groups.get(groupName(job)) ?? new Group(server, job.lane);
    this.#groups.set(groupName(job), group);
    const queue = group.queues.get(job.user) ?? new UserQueue(user, group);
    group.queues.set(job.user, queue);
    this.#arrivals += 1;
    const waiting = { job, queue, arrival: this.#arrivals, position: 0, startsAt: 0 };
    queue.jobs.push(waiting);
    this.#waiting.set(job.task.jobId, waiting);
    for (const tenant of [user, server]) tenant.jobs += 1;
  }

  /** Takes a waiting job out; false when it does not wait. */
  remove(jobId: string): boolean {
    const waiting = this.#waiting.get(jobId);
    if (!waiting) return false;
    this.#takeOut(waiting);
    const { user, group } = waiting.queue;
    for (const tenant of [user, group.server]) tenant.jobs -= 1;
    return true;
  }

  /** Takes out the job whose turn it is and charges it; undefined when none may start. */
  start(): QueuedJob | undefined {
    this.#forecast = undefined;
    const queue = this.#simulation().next();
    if (!queue) return undefined;
    const waiting = queue.jobs[0] as Waiting;
    this.#takeOut(waiting);
    const { job } = waiting;
    const { user } = queue;
    const { server, lane } = queue.group;
    this.#run(job, user, server, this.#now());
    this.#fastInARow = lane === 'fast' ? this.#fastInARow + 1 : 0;
    return job;
  }

  /**
   * Takes a job that neither waits nor runs here but was started before, whoever's turn it was.
   *
   * @param startedAt - in milliseconds since 1970; default now, which a time in the future counts as, too
   */
  resume(job: QueuedJob, startedAt = this.#now()): void {
    this.#forecast = undefined;
    const user = this.#ledger.user(job.user);
    const server = this.#ledger.server(job.server);
    for (const tenant of [user, server]) tenant.jobs += 1;
    this.#run(job, user, server, Math.min(startedAt, this.#now()));
  }

  /** Notes how many milliseconds a running job has left. */
  expect(jobId: string, remainingMs: number): void {
    const run = this.#running.get(jobId);
    if (!run) return;
    this.#forecast = undefined;
    run.endsAt = this.#now() + remainingMs;
  }

  /** Ends a running job, which took so many milliseconds of painting. */
  end(jobId: string, painterMs: number): void {
    const run = this.#running.get(jobId);
    if (!run) return;
    this.#forecast = undefined;
    const { job, user, server, startedAt } = run;
    this.#running.delete(jobId);
    user.running -= 1;
    for (const tenant of [user, server]) tenant.jobs -= 1;
    this.#ledger.correct(user, server, painterMs - job.estimateMs, startedAt);
  }

  /** A waiting job's place; undefined when it does not wait. */
  ticket(jobId: string): Ticket | undefined {
    const waiting = this.#waiting.get(jobId);
    if (!waiting) return undefined;
    this.#upToDate.reach(waiting);
    return this.#ticket(waiting);
  }

  /** The place of the job that starts next. */
  get first(): Ticket | undefined {
    const waiting = this.#upToDate.first();
    return waiting && this.#ticket(waiting);
  }

  /** The places of waiting jobs, of these or, by default, of all; next first. */
  tickets(jobIds?: readonly string[]): Map<string, Ticket> {
    const asked = jobIds && new Set(jobIds);
    const places = new Map<string, Ticket>();
    for (const waiting of this.#upToDate.all()) {
      const { jobId } = waiting.job.task;
      if (!asked || asked.has(jobId)) places.set(jobId, this.#ticket(waiting));
    }
    return places;
  }

  #ticket({ position, startsAt }: Waiting): Ticket {
    return { position, startsInMs: Math.max(0, startsAt - this.#now()) };
  }

  get #upToDate(): Forecast {
    this.#forecast ??= new Forecast({
      simulation: this.#simulation(),
      painters: this.#painters,
      busy: [...this.#running.values()],
      now: this.#now(),
      weight: (at) => this.#ledger.weight(at),
    });
    return this.#forecast;
  }

  #simulation(): Simulation {
    const groups = this.#groups.values();
    return new Simulation({ groups, fastInARow: this.#fastInARow, served: this.#ledger.served });
  }

  #run(job: QueuedJob, user: Tenant, server: Tenant, startedAt: number): void {
    this.#running.set(job.task.jobId, { job, user, server, startedAt, endsAt: startedAt + job.estimateMs });
    user.running += 1;
    this.#ledger.serve(user, server, job.estimateMs, startedAt);
  }

  #takeOut(waiting: Waiting): void {
    this.#forecast = undefined;
    const { job, queue } = waiting;
    const { group, jobs } = queue;
    jobs.splice(jobs.indexOf(waiting), 1);
    this.#waiting.delete(job.task.jobId);
    if (jobs.length === 0) group.queues.delete(job.user);
    if (group.queues.size === 0) this.#groups.delete(groupName(job));
  }
}

function groupName({ lane, server }: QueuedJob): string {
  return `${lane} ${server}`;
}
