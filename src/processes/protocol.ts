import type { Failure } from '../nst/errors.ts';

/** What a process is told at its start, as its only argument. */
export interface ProcessArguments {
  /** Resident memory at which it ends itself, in bytes. */
  readonly memoryLimit: number;
}

/** From a process that answers requests; it has one at a time. */
export type FromProcess<Answer> =
  | { readonly type: 'ready' }
  | ({ readonly residentBytes: number } & (
      | { readonly type: 'answer'; readonly answer: Answer }
      | { readonly type: 'failure'; readonly failure: Failure; readonly detail: string }
    ));

/** By this signal a process ends itself when it has too much memory. */
export const TOO_MUCH_MEMORY = 'SIGUSR2';
