// Lets 200 members of 50 servers ask for a painting at once, on a strict Discord of this machine with its real rate
// limits. Prints JSON: how long Discord waited for the acknowledgements, and what came of the requests.
import { gatherCrowd } from '../test/support/discord-crowd.ts';
import { startDiscordInstance } from '../test/support/discord-stage.ts';

const size = { servers: 50, members: 200 };
await using bot = await startDiscordInstance({
  rateLimits: true,
  editIntervalMs: 2500,
  environment: { IMPASTO_PAINTERS: '4' },
});
const began = performance.now();
const { acknowledgedMs, results, threads } = await gatherCrowd(bot, size);
const sorted = [...acknowledgedMs].sort((a, b) => a - b);
const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
process.stdout.write(
  `${JSON.stringify({
    ...size,
    ackMs: { p50: quantile(0.5), p99: quantile(0.99) },
    seconds: (performance.now() - began) / 1000,
    answeredOnce: results.filter((count) => count === 1).length,
    threads,
    refused429: bot.server.requests.filter(({ status }) => status === 429).length,
    violations: bot.server.violations.length,
  })}\n`,
);
