import { z } from 'zod';

/** What a process is told at its start, as its only argument. */
export interface ProcessArguments {
  /** Resident memory at which it ends itself, in bytes. */
  readonly memoryLimit: number;
}

/** By this signal a process ends itself when it has too much memory. */
export const TOO_MUCH_MEMORY = 'SIGUSR2';

const text = z.string().max(2000);
const residentBytes = z.number();

/** From a process that answers requests, one at a time. It is checked: what it was given may have taken it over. */
export const fromProcess = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('answer'), answer: z.unknown(), residentBytes }),
  z.object({
    type: z.literal('failure'),
    failure: z.object({ code: text, message: text, advice: text }),
    detail: z.string(),
    residentBytes,
  }),
]);

export type FromProcess = z.infer<typeof fromProcess>;
