import type { Lane } from '../../core/job.ts';
import { FairHeap } from './heap.ts';
import type { Group, Tenant, UserQueue } from './waiting.ts';

/** Fast jobs that may start in a row while a normal one waits. */
const FAST_IN_A_ROW = 2;

/** Where a simulation begins. */
export interface SimulationOptions {
  readonly groups: Iterable<Group>;
  /** Fast jobs that have started since the last normal one. */
  readonly fastInARow: number;
  readonly served: number;
}

/**
 * The rules of whose turn it is, played through without consequences: only what is marked as simulated changes.
 * One simulation at a time.
 */
export class Simulation {
  readonly #lanes: Record<Lane, FairHeap<Group>> = { fast: new FairHeap(), normal: new FairHeap() };
  /** Queues that are passed over until one of their user's jobs ends. */
  readonly #parked = new Map<Tenant, UserQueue[]>();
  #fastInARow: number;
  #served: number;

  constructor({ groups, fastInARow, served }: SimulationOptions) {
    const lanes: Record<Lane, Group[]> = { fast: [], normal: [] };
    for (const group of groups) {
      group.rewind();
      lanes[group.lane].push(group);
    }
    this.#lanes.fast.fill(lanes.fast);
    this.#lanes.normal.fill(lanes.normal);
    this.#fastInARow = fastInARow;
    this.#served = served;
  }

  /** The queue whose first job starts next; undefined when none may start. */
  next(): UserQueue | undefined {
    const normalFirst = this.#fastInARow >= FAST_IN_A_ROW;
    return this.#first(normalFirst ? 'normal' : 'fast') ?? this.#first(normalFirst ? 'fast' : 'normal');
  }

  /** Starts the first job of the queue that next() gave, and charges it. */
  start(queue: UserQueue, charge: number): void {
    const { user, group } = queue;
    this.#served += 1;
    for (const { simulated } of [user, group.server]) {
      simulated.usage += charge;
      simulated.served = this.#served;
    }
    user.simulated.running += 1;
    this.#fastInARow = group.lane === 'fast' ? this.#fastInARow + 1 : 0;
    queue.at += 1;
    if (queue.next) queue.key.arrival = queue.next.arrival;
    else group.heap.removeFirst();
  }

  /** Ends a job of a user, whose queues may then be served again. */
  end(user: Tenant): void {
    user.simulated.running -= 1;
    const parked = this.#parked.get(user) ?? [];
    this.#parked.delete(user);
    for (const queue of parked) {
      queue.group.heap.add(queue);
      if (queue.group.listed) continue;
      queue.group.listed = true;
      this.#lanes[queue.group.lane].add(queue.group);
    }
  }

  #first(lane: Lane): UserQueue | undefined {
    const groups = this.#lanes[lane];
    for (;;) {
      const group = groups.first();
      if (!group) return undefined;
      const queue = group.heap.first();
      if (!queue) {
        group.listed = false;
        groups.removeFirst();
      } else if (queue.blocked) {
        this.#park(queue);
        group.heap.removeFirst();
      } else {
        return queue;
      }
    }
  }

  #park(queue: UserQueue): void {
    const parked = this.#parked.get(queue.user);
    if (parked) parked.push(queue);
    else this.#parked.set(queue.user, [queue]);
  }
}
