/**
 * Carries out a piece of work on the database: once, or again after a failure that passes.
 *
 * @param repeatable - whether doing it twice is as good as doing it once. Other work is done again only where it is
 *   certain that nothing of it has been done.
 */
export type Attempt = <Result>(work: () => Promise<Result>, repeatable: boolean) => Promise<Result>;

/** For a database whose failures do not pass. */
export const once: Attempt = (work) => work();
