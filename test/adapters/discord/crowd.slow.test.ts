import { expect, it } from 'vitest';
import { gatherCrowd } from '../../support/discord-crowd.ts';
import { startDiscordInstance } from '../../support/discord-stage.ts';

it('Discord: a crowd that asks at once is acknowledged in time, and each gets one picture', async () => {
  await using test = await startDiscordInstance({
    rateLimits: true,
    editIntervalMs: 2500,
    environment: { IMPASTO_PAINTERS: '4' },
  });
  const painted = (async () => {
    for (let left = 18; left > 0; left--) await (await test.easel.next()).finish();
  })();
  const crowd = await gatherCrowd(test.server, { servers: 6, members: 18 });
  await painted;
  expect(crowd.results).toEqual(new Array(18).fill(1));
  expect(crowd.threads).toBe(18);
  // Among them would be whatever came later than Discord's three seconds, or before a Retry-After was over.
  expect(test.server.violations).toEqual([]);
});
