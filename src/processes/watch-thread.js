import { setInterval } from 'node:timers';
import { workerData } from 'node:worker_threads';

// Beside the thread that answers requests, which may be inside a decoder and hear of nothing: ends the process when it
// has too much memory, or when whoever started it is gone. JavaScript, since a thread cannot be started from
// TypeScript sources.

/** Short against the time that a gigabyte takes to be filled. */
const EVERY_MS = 50;

/** @type {{ memoryLimit: number, signal: NodeJS.Signals, parent: number }} */
const { memoryLimit, signal, parent } = workerData;

setInterval(() => {
  if (process.ppid !== parent || !isThere(parent)) process.kill(process.pid, 'SIGKILL');
  if (process.memoryUsage.rss() > memoryLimit) process.kill(process.pid, signal);
}, EVERY_MS);

/** Windows tells a parent that has gone in no other way. @param {number} pid */
function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
