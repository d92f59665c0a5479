import PQueue from 'p-queue';
import { ImpastoError } from '../nst/errors.ts';

/** How much may be in hand at once, that which is being worked on included. */
export interface PerPersonLimits {
  /** Of one person. */
  readonly ofOne: number;
  /** Of all together. */
  readonly ofAll: number;
}

/** Does what several people ask for: one piece of each at a time, so that nobody's many pieces keep the others waiting. */
export class PerPersonQueue {
  readonly #limits: PerPersonLimits;
  readonly #queues = new Map<string, PQueue>();
  #inHand = 0;

  constructor(limits: PerPersonLimits) {
    this.#limits = limits;
  }

  /**
   * Does a piece of work in its person's turn.
   *
   * @param person - whose it is.
   * @param owed - whether it has been promised already, so that it is never refused; false by default.
   * @throws ImpastoError `over-limit` or `queue-full` when too much is in hand, and what the work throws
   */
  async run<Result>(person: string, work: () => Promise<Result>, owed = false): Promise<Result> {
    const queue = this.#queues.get(person) ?? new PQueue({ concurrency: 1 });
    const { ofOne, ofAll } = this.#limits;
    if (!owed && queue.size + queue.pending >= ofOne) throw tooMany();
    if (!owed && this.#inHand >= ofAll) throw busy();
    this.#queues.set(person, queue);
    this.#inHand += 1;
    try {
      return await queue.add(work);
    } finally {
      this.#inHand -= 1;
      if (queue.size + queue.pending === 0) this.#queues.delete(person);
    }
  }
}

function tooMany(): ImpastoError {
  return new ImpastoError('over-limit', 'Too many of your pictures are being looked at.', {
    advice: 'Try again in a minute.',
  });
}

function busy(): ImpastoError {
  return new ImpastoError('queue-full', 'Too many pictures are being looked at.', {
    advice: 'Try again in a few minutes.',
  });
}
