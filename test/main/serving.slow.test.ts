import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { startInstance } from '../../src/main/instance.ts';
import { createLog } from '../../src/ops/log.ts';
import { startCli } from '../support/cli.ts';
import { FakeAdapter } from '../support/fake-adapter.ts';
import { FakePlatform } from '../support/fake-platform.ts';
import { ann, studio } from '../support/instance.ts';
import { noRedis, RedisServer } from '../support/redis.ts';

describe.skipIf(noRedis)(`Gateways on one Redis${noRedis ? `: ${noRedis}` : ''}`, () => {
  let server: RedisServer;
  let folder: string;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-gateways-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
  });
  afterAll(() => server.stop());

  const environment = () => ({
    IMPASTO_DATA: folder,
    IMPASTO_HTTP_PORT: 'off',
    IMPASTO_PAINTERS: '0',
    IMPASTO_REDIS_URL: server.url,
    IMPASTO_REDIS_PREFIX: path.basename(folder),
  });

  /** A gateway that is configured for platforms, each a scope of its own. */
  function gateway(...names: string[]) {
    const platforms = names.map(() => new FakePlatform());
    const controller = new AbortController();
    const started = startInstance({
      config: readConfig(environment(), path.join(folder, 'no.env')),
      adapters: names.map((name, index) => new FakeAdapter(platforms[index] as FakePlatform, name)),
      log: createLog({ level: 'silent' }),
      signal: controller.signal,
    });
    started.catch(() => {});
    onTestFinished(async () => {
      controller.abort();
      await started.then(
        (instance) => instance.stop(),
        () => {},
      );
    });
    return { started, platforms, controller };
  }

  const asks = (platform: FakePlatform | undefined, name: string) =>
    platform?.send({
      kind: 'command',
      actor: ann,
      place: { ...studio, platform: name },
      command: 'queue',
      options: {},
    });

  it('serve what is theirs while they stand by for what another has, and take that over', async () => {
    const first = gateway('slack', 'east');
    const one = await first.started;
    const second = gateway('slack', 'west');
    await second.platforms[1]?.until(() => second.platforms[1]?.isConnected);
    expect((await asks(second.platforms[1], 'west'))?.[0]?.text).toContain('0 waiting');
    expect(second.platforms[0]?.isConnected).toBe(false);
    await one.stop();
    await second.started;
    expect((await asks(second.platforms[0], 'slack'))?.[0]?.text).toContain('0 waiting');
  });

  it('end with what ended the waiting, and free what they had', async () => {
    const first = gateway('slack');
    await first.started;
    const second = gateway('slack', 'west');
    await second.platforms[1]?.until(() => second.platforms[1]?.isConnected);
    second.controller.abort();
    await expect(second.started).rejects.toMatchObject({ name: 'AbortError' });
    await gateway('west').started;
  });

  it('say when another may serve in their place', async () => {
    const { started } = gateway('slack');
    const { lost } = await started;
    const redis = server.look();
    const [lease] = (await redis.keys(`*${path.basename(folder)}*lease:gateway slack`)) as [string];
    await redis.set(lease, 'another');
    redis.disconnect();
    if (!lost.aborted) await once(lost, 'abort');
    expect(lost.reason).toMatchObject({ code: 'closed' });
  });

  it('end with 1 as programs, for whoever starts them again, when another may serve in their place', async () => {
    const program = startCli(['start'], { env: environment() });
    await program.printed('Impasto is running');
    const redis = server.look();
    const [lease] = (await redis.keys(`*${path.basename(folder)}*lease:gateway web`)) as [string];
    await redis.set(lease, 'another');
    redis.disconnect();
    const { code, stderr } = await program.result;
    expect(code).toBe(1);
    expect(stderr).toContain(
      'impasto: closed: Redis was away for too long, or another gateway serves this now.',
    );
  });
});
