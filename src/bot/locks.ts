/** Lets one task at a time into each key: a server's settings and quotas are read and written under its lock. */
export class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs a task when all that came before it for this key have ended. */
  async run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(task);
    const tail = result.catch(() => {});
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
