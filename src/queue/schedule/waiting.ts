import type { Lane } from '../../core/job.ts';
import type { QueuedJob } from '../queue.ts';
import { type Account, type Entry, FairHeap } from './heap.ts';

/** A user or a server: what it has really had, and what it has had in the simulation that goes on. */
export class Tenant implements Account {
  usage = 0;
  served = 0;
  /** Jobs that wait or are being painted. */
  jobs = 0;
  /** Jobs of a user that are being painted. */
  running = 0;
  readonly simulated: Account & { running: number } = { usage: 0, served: 0, running: 0 };

  /** Makes ready for a simulation. */
  rewind(): void {
    this.simulated.usage = this.usage;
    this.simulated.served = this.served;
    this.simulated.running = this.running;
  }
}

/** A waiting job. */
export interface Waiting {
  readonly job: QueuedJob;
  readonly queue: UserQueue;
  /** Its number among all that came. */
  readonly arrival: number;
  /** Its place in the latest forecast that came that far: 1 is next. */
  position: number;
  /** When it starts by that forecast, in milliseconds since 1970. */
  startsAt: number;
}

/** The waiting jobs of one user on one server in one lane, first come first. */
export class UserQueue implements Entry {
  readonly user: Tenant;
  readonly group: Group;
  readonly account: Account;
  readonly key = { usage: 0, served: 0, arrival: 0 };
  readonly jobs: Waiting[] = [];
  /** Index of the job that is next in a simulation. */
  at = 0;

  constructor(user: Tenant, group: Group) {
    this.user = user;
    this.group = group;
    this.account = user.simulated;
  }

  /** The job that is next in a simulation. */
  get next(): Waiting | undefined {
    return this.jobs[this.at];
  }

  /** Whether the user has as many jobs on the painters as the next job allows. */
  get blocked(): boolean {
    const { next, user } = this;
    return next !== undefined && user.simulated.running >= next.job.maxConcurrent;
  }
}

/** The queues of one server in one lane. None is empty. */
export class Group implements Entry {
  readonly server: Tenant;
  readonly lane: Lane;
  readonly account: Account;
  readonly key = { usage: 0, served: 0, arrival: 0 };
  /** By user. */
  readonly queues = new Map<string, UserQueue>();
  readonly heap = new FairHeap<UserQueue>();
  /** Whether a simulation has it among the servers that may be next. */
  listed = true;

  constructor(server: Tenant, lane: Lane) {
    this.server = server;
    this.lane = lane;
    this.account = server.simulated;
  }

  /** Makes ready for a simulation. */
  rewind(): void {
    this.server.rewind();
    this.listed = true;
    this.key.arrival = Number.POSITIVE_INFINITY;
    for (const queue of this.queues.values()) {
      queue.user.rewind();
      queue.at = 0;
      queue.key.arrival = (queue.jobs[0] as Waiting).arrival;
      this.key.arrival = Math.min(this.key.arrival, queue.key.arrival);
    }
    this.heap.fill([...this.queues.values()]);
  }
}
