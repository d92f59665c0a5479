import { readConfig } from '../config.ts';
import { PRIVATE_UMASK } from '../files/private-folder.ts';
import { failWith } from './failure.ts';
import type { ServiceName } from './supervise.ts';

// The process of the bot, or of a worker, started and supervised by supervise.ts.

// Painters and whatever else it starts have it, too.
process.umask(PRIVATE_UMASK);
const [, , name] = process.argv as [string, string, ServiceName];
const controller = new AbortController();
const { signal } = controller;
const stop = () => controller.abort();
process.on('message', stop);
process.on('disconnect', stop);
if (!process.connected) stop();
// Some send these to every process of a service.
for (const each of ['SIGINT', 'SIGTERM'] as const) process.on(each, stop);
// exit() waits for native code that is under way; whom nobody supervises any longer, nobody would kill.
process.on('exit', () => {
  if (!process.connected) process.kill(process.pid, 'SIGKILL');
});
try {
  const config = readConfig();
  // Each is loaded where it is run: a bot's libraries are large.
  if (name === 'worker') await (await import('./worker.ts')).runWorker({ config, signal });
  else await (await import('./start.ts')).runBot({ config, signal, stdout: process.stdout });
  // A part that could not be stopped in time must not keep the process.
  process.exit(0);
} catch (error) {
  failWith(error);
}
