import { pbkdf2 } from 'node:crypto';
import { ImpastoError } from '../../src/nst/errors.ts';
import { serveRequests } from '../../src/processes/serve-requests.ts';

// A process that misbehaves as its request says.

const held: Buffer[] = [];

const acts: Readonly<Record<string, () => unknown>> = {
  'tell its process': () => process.pid,
  'tell its environment': () => Object.keys(process.env).sort(),
  throw: () => {
    throw new ImpastoError('not-a-picture', 'It is none.', { advice: 'Send one.' });
  },
  'throw what nobody foresaw': () => {
    throw new Error('a secret path');
  },
  exit: () => process.exit(3),
  'complain and exit': () => process.stderr.write('the last thing it said', () => process.exit(3)),
  'send nonsense': () => process.send?.(null) && new Promise(() => {}),
  'send nonsense before its answer': () => {
    process.send?.(null);
    process.send?.({ type: 'answer', answer: 0, residentBytes: 0 });
    return new Promise(() => {});
  },
  'send a failure without words': () => process.send?.({ type: 'failure' }) && new Promise(() => {}),
  crash: () => process.kill(process.pid, 'SIGSEGV'),
  block: () => {
    for (;;);
  },
  'be stuck in native code': () =>
    new Promise((resolve) => {
      for (let thread = 0; thread < 8; thread++) pbkdf2('', '', 2 ** 31 - 1, 64, 'sha512', resolve);
    }),
  'wait forever': () => new Promise(() => {}),
  'eat memory': async () => {
    for (;;) {
      held.push(Buffer.alloc(20_000_000, 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  'eat memory without a pause': () => {
    for (;;) held.push(Buffer.alloc(20_000_000, 1));
  },
  'keep much memory': () => {
    held.push(Buffer.alloc(150_000_000, 1));
    return process.pid;
  },
};

serveRequests<string, unknown>(async (request) => acts[request]?.());
