/** What a user or a server has had. */
export interface Account {
  /** Painter time of late: milliseconds, weighted so that what lies further back counts for less. */
  usage: number;
  /** Number of the start by which it was last served; 0 for never. */
  served: number;
}

/** Something that waits for its account's turn. */
export interface Entry {
  readonly account: Account;
  /** What it was put in order by. */
  readonly key: Account & {
    /** Number of its first job among all that came. */
    arrival: number;
  };
}

/**
 * Entries by whose turn it is: least usage, then served least recently, then first come. Usage must only grow while
 * they are in here: an entry whose account was charged meanwhile stands too far up, and is moved when it comes to
 * the top.
 */
export class FairHeap<T extends Entry> {
  #items: T[] = [];

  /** Starts over with these entries. */
  fill(items: T[]): void {
    this.#items = items;
    for (const item of items) refresh(item);
    for (let at = (items.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  add(item: T): void {
    refresh(item);
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(item, items[above] as T)) break;
      items[at] = items[above] as T;
      at = above;
    }
    items[at] = item;
  }

  /** The entry whose turn it is. */
  first(): T | undefined {
    for (;;) {
      const first = this.#items[0];
      if (!first) return undefined;
      const { key, account } = first;
      if (key.usage === account.usage && key.served === account.served) return first;
      refresh(first);
      this.#sink(0);
    }
  }

  /** Takes away what first() gave. */
  removeFirst(): void {
    const last = this.#items.pop() as T;
    if (this.#items.length === 0) return;
    this.#items[0] = last;
    this.#sink(0);
  }

  #sink(from: number): void {
    const items = this.#items;
    const item = items[from] as T;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && isBefore(items[below + 1] as T, items[below] as T)) below += 1;
      if (!isBefore(items[below] as T, item)) break;
      items[at] = items[below] as T;
      at = below;
    }
    items[at] = item;
  }
}

function refresh({ key, account }: Entry): void {
  key.usage = account.usage;
  key.served = account.served;
}

function isBefore({ key: a }: Entry, { key: b }: Entry): boolean {
  if (a.usage !== b.usage) return a.usage < b.usage;
  if (a.served !== b.served) return a.served < b.served;
  return a.arrival < b.arrival;
}
