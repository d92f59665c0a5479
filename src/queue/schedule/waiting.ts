import type { Lane } from '../../core/job.ts';
import type { QueuedJob } from '../queue.ts';
import { type Account, type Entry, Turns } from './heap.ts';

/** A user or a server: what it has really had, and what it has had in the rehearsal that goes on. */
export class Customer implements Account {
  usage = 0;
  served = 0;
  /** Jobs that wait or are being painted. */
  jobs = 0;
  /** Jobs of a user that are being painted. */
  running = 0;
  readonly rehearsed: Account & { running: number } = { usage: 0, served: 0, running: 0 };

  /** Makes ready for a rehearsal. */
  rewind(): void {
    this.rehearsed.usage = this.usage;
    this.rehearsed.served = this.served;
    this.rehearsed.running = this.running;
  }
}

/** A waiting job. */
export interface Waiting {
  readonly job: QueuedJob;
  readonly line: Line;
  /** Its number among all that came. */
  readonly arrival: number;
  /** Its place in the latest forecast that came that far: 1 is next. */
  position: number;
  /** When it starts by that forecast, in milliseconds since 1970. */
  startsAt: number;
}

/** The waiting jobs of one user on one server in one lane, first come first. */
export class Line implements Entry {
  readonly user: Customer;
  readonly group: Group;
  readonly account: Account;
  readonly key = { usage: 0, served: 0, arrival: 0 };
  readonly jobs: Waiting[] = [];
  /** Index of the job that is next in a rehearsal. */
  at = 0;

  constructor(user: Customer, group: Group) {
    this.user = user;
    this.group = group;
    this.account = user.rehearsed;
  }

  /** The job that is next in a rehearsal. */
  get next(): Waiting | undefined {
    return this.jobs[this.at];
  }

  /** Whether the user has as many jobs on the painters as the next job allows. */
  get blocked(): boolean {
    const { next, user } = this;
    return next !== undefined && user.rehearsed.running >= next.job.maxConcurrent;
  }
}

/** The lines of one server in one lane. None is empty. */
export class Group implements Entry {
  readonly server: Customer;
  readonly lane: Lane;
  readonly account: Account;
  readonly key = { usage: 0, served: 0, arrival: 0 };
  /** By user. */
  readonly lines = new Map<string, Line>();
  readonly turns = new Turns<Line>();
  /** Whether a rehearsal has it among the servers that may be next. */
  listed = true;

  constructor(server: Customer, lane: Lane) {
    this.server = server;
    this.lane = lane;
    this.account = server.rehearsed;
  }

  /** Makes ready for a rehearsal. */
  rewind(): void {
    this.server.rewind();
    this.listed = true;
    this.key.arrival = Number.POSITIVE_INFINITY;
    for (const line of this.lines.values()) {
      line.user.rewind();
      line.at = 0;
      line.key.arrival = (line.jobs[0] as Waiting).arrival;
      this.key.arrival = Math.min(this.key.arrival, line.key.arrival);
    }
    this.turns.fill([...this.lines.values()]);
  }
}
