import type { Lane } from '../../core/job.ts';
import { Turns } from './heap.ts';
import type { Customer, Group, Line } from './waiting.ts';

/** Fast jobs that may start in a row while a normal one waits. */
const FAST_IN_A_ROW = 2;

/** Where a rehearsal begins. */
export interface Scene {
  readonly groups: Iterable<Group>;
  /** Fast jobs that have started since the last normal one. */
  readonly fastInARow: number;
  readonly served: number;
}

/**
 * The rules of whose turn it is, played through without consequences: only what is marked as rehearsed changes.
 * One rehearsal at a time.
 */
export class Rehearsal {
  readonly #lanes: Record<Lane, Turns<Group>> = { fast: new Turns(), normal: new Turns() };
  /** Lines that are passed over until one of their user's jobs ends. */
  readonly #parked = new Map<Customer, Line[]>();
  #fastInARow: number;
  #served: number;

  constructor({ groups, fastInARow, served }: Scene) {
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

  /** The line whose first job starts next; undefined when none may start. */
  next(): Line | undefined {
    const normalFirst = this.#fastInARow >= FAST_IN_A_ROW;
    return this.#first(normalFirst ? 'normal' : 'fast') ?? this.#first(normalFirst ? 'fast' : 'normal');
  }

  /** Starts the first job of the line that next() gave, and charges it. */
  start(line: Line, charge: number): void {
    const { user, group } = line;
    this.#served += 1;
    for (const { rehearsed } of [user, group.server]) {
      rehearsed.usage += charge;
      rehearsed.served = this.#served;
    }
    user.rehearsed.running += 1;
    this.#fastInARow = group.lane === 'fast' ? this.#fastInARow + 1 : 0;
    line.at += 1;
    if (line.next) line.key.arrival = line.next.arrival;
    else group.turns.removeFirst();
  }

  /** Ends a job of a user, whose lines may then be served again. */
  end(user: Customer): void {
    user.rehearsed.running -= 1;
    const parked = this.#parked.get(user) ?? [];
    this.#parked.delete(user);
    for (const line of parked) {
      line.group.turns.add(line);
      if (line.group.listed) continue;
      line.group.listed = true;
      this.#lanes[line.group.lane].add(line.group);
    }
  }

  #first(lane: Lane): Line | undefined {
    const groups = this.#lanes[lane];
    for (;;) {
      const group = groups.first();
      if (!group) return undefined;
      const line = group.turns.first();
      if (!line) {
        group.listed = false;
        groups.removeFirst();
      } else if (line.blocked) {
        this.#park(line);
        group.turns.removeFirst();
      } else {
        return line;
      }
    }
  }

  #park(line: Line): void {
    const parked = this.#parked.get(line.user);
    if (parked) parked.push(line);
    else this.#parked.set(line.user, [line]);
  }
}
