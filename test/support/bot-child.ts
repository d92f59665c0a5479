import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { failureOf } from '../../src/core/failures.ts';
import type { LineMessage } from './bot-line.ts';
import type { FakePlatform } from './fake-platform.ts';

const script = fileURLToPath(new URL('./bot-process.ts', import.meta.url));

/** A bot in a process of its own. */
export interface BotProcess {
  readonly child: ChildProcess;
  /** Settles when it takes events, which may be when another bot has ended. */
  readonly ready: Promise<void>;
}

/** Starts a whole bot in a process of its own, connected to a platform in this one; returns when it takes events. */
export async function startBotProcess(...args: Parameters<typeof forkBotProcess>): Promise<ChildProcess> {
  const { child, ready } = forkBotProcess(...args);
  await ready;
  return child;
}

/** The same, without waiting. The platform's events go to the bot that was ready last. */
export function forkBotProcess(
  platform: FakePlatform,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): BotProcess {
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
  const connect = () =>
    platform.connect(
      (event) =>
        new Promise((resolve, reject) => {
          handled.set(event.id, (error) => (error ? reject(error) : resolve()));
          send({ type: 'event', event });
        }),
    );
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', ({ type }: LineMessage) => {
      if (type !== 'ready') return;
      connect();
      resolve();
    });
    child.on('exit', () => reject(new Error('The bot ended before it was ready.')));
  });
  // Whoever kills it does not have to wait for it.
  ready.catch(() => {});
  return { child, ready };
}
