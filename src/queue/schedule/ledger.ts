import { Tenant } from './waiting.ts';

/** Painter time that was used before the queue began. */
export interface Usage {
  readonly server: string;
  readonly user: string;
  /** Milliseconds of painting. */
  readonly ms: number;
  /** When it ended, in milliseconds since 1970; a time in the future counts as now. */
  readonly at: number;
}

/** Half-lives after which weights are brought back to 1, long before they leave the range of numbers. */
const REBASE_AFTER = 64;

/**
 * Who has had how much painter time of late. Usage decays by half every half-life: instead of shrinking what was,
 * a charge is multiplied by 2^(age of the ledger in half-lives). The order is the same, and nothing changes while
 * nothing is charged.
 */
export class Ledger {
  readonly #halfLifeMs: number;
  readonly #users = new Map<string, Tenant>();
  readonly #servers = new Map<string, Tenant>();
  /** When a charge has the weight 1. */
  #base: number;
  #served = 0;

  constructor(halfLifeMs: number, now: number, usage: readonly Usage[]) {
    this.#halfLifeMs = halfLifeMs;
    this.#base = now;
    for (const { server, user, ms, at } of [...usage].sort((a, b) => a.at - b.at)) {
      this.serve(this.user(user), this.server(server), ms, Math.min(at, now));
    }
  }

  /** Number of the last start. */
  get served(): number {
    return this.#served;
  }

  user(name: string): Tenant {
    return account(this.#users, name);
  }

  server(name: string): Tenant {
    return account(this.#servers, name);
  }

  /** What a millisecond at a time counts for. */
  weight(at: number): number {
    return 2 ** ((at - this.#base) / this.#halfLifeMs);
  }

  /** Notes that a user was served on a server, and charges both. */
  serve(user: Tenant, server: Tenant, ms: number, at: number): void {
    if (at - this.#base > REBASE_AFTER * this.#halfLifeMs) this.#rebase(at);
    this.#served += 1;
    user.served = this.#served;
    server.served = this.#served;
    this.correct(user, server, ms, at);
  }

  /** Changes what was charged at a time by some milliseconds. */
  correct(user: Tenant, server: Tenant, ms: number, at: number): void {
    const weighted = ms * this.weight(at);
    for (const each of [user, server]) each.usage = Math.max(0, each.usage + weighted);
  }

  /** Makes a time's weight 1, and forgets who has had nothing to speak of since. */
  #rebase(at: number): void {
    const factor = 1 / this.weight(at);
    this.#base = at;
    for (const accounts of [this.#users, this.#servers]) {
      for (const [name, each] of accounts) {
        each.usage *= factor;
        if (each.usage < 1 && each.jobs === 0) accounts.delete(name);
      }
    }
  }
}

function account(accounts: Map<string, Tenant>, name: string): Tenant {
  const known = accounts.get(name) ?? new Tenant();
  accounts.set(name, known);
  return known;
}
