// Twenty members send pictures of 12 megapixels at once, round after round, while others give commands that need none.
// Prints JSON: how soon the others are answered, the event loop's delay, and what the bot's own memory grows by.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { readConfig } from '../src/config.ts';
import { startInstance } from '../src/main/instance.ts';
import { createLog } from '../src/ops/log.ts';
import { FakeAdapter } from '../test/support/fake-adapter.ts';
import { quickPainter } from './quick-painter.ts';
import { request, Sink } from './sink.ts';

const SENDERS = 20;
const ROUNDS = 3;
const EVERY_MS = 25;

/** A platform that takes answers for what they are. */
class Listener extends Sink {
  override async reply(): Promise<void> {}
}

const { data, info } = await sharp(
  new URL('../studio/samples/alpine-landscape.jpg', import.meta.url).pathname,
)
  .resize(4000, 3000, { fit: 'fill' })
  .jpeg({ quality: 95 })
  .toBuffer({ resolveWithObject: true });
const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-uploads-'));
const platform = new Listener();
const instance = await startInstance({
  config: readConfig({ IMPASTO_DATA: folder, IMPASTO_HTTP_PORT: 'off' }, path.join(folder, 'no.env')),
  adapters: [new FakeAdapter(platform)],
  log: createLog({ level: 'error' }),
  createPainter: () => quickPainter(),
});

const ask = (id: string, user: string, command: string) =>
  platform.sink({ ...request(id, { user, server: 'server' }, {}), kind: 'command', command, options: {} });
const send = (id: string, user: string) => {
  const picture = { name: 'photo.jpg', content: data };
  return platform.sink({
    ...request(id, { user, server: 'server' }, {}),
    kind: 'command',
    command: 'styles',
    subcommand: 'use',
    options: { picture },
  });
};

// The processes have started and the code is warm.
await Promise.all([send('warm-1', 'warm-1'), send('warm-2', 'warm-2'), ask('warm-3', 'warm-3', 'queue')]);
const before = process.memoryUsage().rss;
let most = before;
const loop = monitorEventLoopDelay({ resolution: 5 });
loop.enable();
const answered: number[] = [];
const began = performance.now();
let over = false;
const others = (async () => {
  for (let index = 0; !over; index++) {
    const at = performance.now();
    await ask(`other-${index}`, `other-${index % 50}`, 'queue');
    answered.push(performance.now() - at);
    most = Math.max(most, process.memoryUsage().rss);
    await delay(EVERY_MS);
  }
})();
for (let round = 0; round < ROUNDS; round++) {
  await Promise.all(Array.from({ length: SENDERS }, (_, user) => send(`${round}-${user}`, `user-${user}`)));
}
const seconds = (performance.now() - began) / 1000;
over = true;
await others;
loop.disable();
await instance.stop();
await rm(folder, { recursive: true, force: true });

answered.sort((a, b) => a - b);
const quantile = (share: number) => answered[Math.floor(share * (answered.length - 1))] ?? 0;
process.stdout.write(
  `${JSON.stringify({
    pictures: SENDERS * ROUNDS,
    megabytes: info.size / 1e6,
    seconds,
    others: answered.length,
    ackMs: { p50: quantile(0.5), p99: quantile(0.99) },
    loopMs: { p50: loop.percentile(50) / 1e6, p99: loop.percentile(99) / 1e6 },
    grownMb: (most - before) / 1e6,
  })}\n`,
);
