// Lets 200 members of 50 servers ask for a painting at once, on a strict Discord of this machine with its real rate
// limits; the bot is a process of its own. Prints JSON: how long Discord waited for the acknowledgements, and what
// came of the requests.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startFakeDiscord } from '../test/support/discord/server.ts';
import { gatherCrowd } from '../test/support/discord-crowd.ts';

const size = { servers: 50, members: 200 };
const server = await startFakeDiscord();
const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-crowd-'));
const bot = fork(fileURLToPath(new URL('discord-bot.ts', import.meta.url)), {
  execArgv: ['--import', 'tsx'],
  env: { ...process.env, DISCORD_ORIGIN: server.origin, DISCORD_TOKEN: server.token, IMPASTO_DATA: folder },
});
await once(bot, 'message');

const before = server.requests.length;
const beganAt = Date.now();
const began = performance.now();
const { acknowledgedMs, results, threads } = await gatherCrowd(server, size);
const seconds = (performance.now() - began) / 1000;
// Legends are still being put under the results.
for (let seen = 0; seen < server.requests.length; await delay(3000)) seen = server.requests.length;
const withLegends = ((server.requests.at(-1)?.at ?? 0) - beganAt) / 1000;
const exited = once(bot, 'exit');
bot.send('stop');
await exited;
await server.close();
await rm(folder, { recursive: true, force: true });
// Answers to interactions do not count towards Discord's limit of all requests together.
const counted = server.requests
  .slice(before)
  .filter(({ path }) => !/^\/(interactions|webhooks)\//.test(path));

const sorted = [...acknowledgedMs].sort((a, b) => a - b);
const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
process.stdout.write(
  `${JSON.stringify({
    ...size,
    ackMs: { p50: quantile(0.5), p99: quantile(0.99) },
    seconds,
    withLegends,
    answeredOnce: results.filter((count) => count === 1).length,
    threads,
    requestsPerMember: counted.length / size.members,
    refused: server.requests.filter(({ status }) => status === 429).length,
    violations: server.violations.length,
  })}\n`,
);
