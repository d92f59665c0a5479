import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { failureOf } from '../../src/nst/errors.ts';
import type { LineMessage } from './bot-line.ts';
import type { FakePlatform } from './fake-platform.ts';

const script = fileURLToPath(new URL('./bot-process.ts', import.meta.url));

/** Starts a whole bot in a process of its own, connected to a platform in this one; returns when it takes events. */
export async function startBotProcess(
  platform: FakePlatform,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const child = fork(script, [], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    env: {
      ...process.env,
      IMPASTO_DATA: folder,
      IMPASTO_HTTP_PORT: 'off',
      IMPASTO_THREADS: '1',
      IMPASTO_LOG_LEVEL: 'warn',
      ...environment,
    },
  });
  const send = (message: LineMessage) => {
    if (child.connected) child.send(message, () => {});
  };
  const handled = new Map<string, (error: Error | undefined) => void>();
  child.on('message', (message: LineMessage) => {
    if (message.type === 'handled') {
      handled.get(message.eventId)?.(message.error === undefined ? undefined : new Error(message.error));
      handled.delete(message.eventId);
    }
    if (message.type === 'call') {
      const { call, method, args } = message;
      const work = Reflect.apply(platform[method], platform, args) as Promise<unknown>;
      work.then(
        (result) => send({ type: 'answer', call, result }),
        (error) => send({ type: 'answer', call, error: failureOf(error) }),
      );
    }
  });
  child.on('exit', () => {
    for (const settle of handled.values()) settle(new Error('The bot has ended.'));
  });
  platform.connect(
    (event) =>
      new Promise((resolve, reject) => {
        handled.set(event.id, (error) => (error ? reject(error) : resolve()));
        send({ type: 'event', event });
      }),
  );
  const [first] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('The bot ended before it was ready.');
    }),
  ]);
  if ((first as LineMessage).type !== 'ready') await ready(child);
  return child;
}

async function ready(child: ChildProcess): Promise<void> {
  for (;;) {
    const [message] = await once(child, 'message');
    if ((message as LineMessage).type === 'ready') return;
  }
}
