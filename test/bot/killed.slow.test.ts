import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/bot/chat.ts';
import { backend } from '../support/backend.ts';
import { startBotProcess } from '../support/bot-child.ts';
import { FakePlatform } from '../support/fake-platform.ts';
import { ann, painting, photo, studio } from '../support/instance.ts';

const waiters = 20;

describe('a bot that is killed', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-killed-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('with 20 jobs waiting and 1 running answers every one of them exactly once after its restart', async () => {
    const platform = new FakePlatform();
    const environment = { IMPASTO_CHECKPOINT_SECONDS: '1', ...(await backend()) };
    const first = await startBotProcess(platform, folder, environment);
    const users: Actor[] = Array.from({ length: waiters + 1 }, (_, index) => ({
      ...ann,
      id: `user-${index}`,
    }));
    const submit = (actor: Actor, options: Record<string, number>) =>
      platform.send({
        kind: 'command',
        actor,
        place: studio,
        command: 'stylize',
        options: { content: photo, style: painting, size: 64, ...options },
      });
    // The first is long enough to be in the middle when the end comes.
    await submit(users[0] as Actor, { evaluations: 500 });
    for (const actor of users.slice(1)) await submit(actor, { evaluations: 4 });
    const running = platform.messages[0];
    await platform.until(() => running?.versions.some(({ picture }) => picture));
    const exited = once(first, 'exit');
    first.kill('SIGKILL');
    await exited;
    expect(platform.messages.filter(({ key }) => key.startsWith('status-'))).toHaveLength(waiters + 1);

    const second = await startBotProcess(platform, folder, environment);
    const answers = () => platform.messages.filter(({ key }) => key.startsWith('end-'));
    await platform.until(() => answers().length === waiters + 1);
    const ids = platform.messages
      .filter(({ key }) => key.startsWith('status-'))
      .map(({ key }) => key.slice(7));
    expect(
      answers()
        .map(({ key }) => key.slice(4))
        .sort(),
    ).toEqual(ids.sort());
    expect(
      answers()
        .map(({ versions }) => versions[0]?.mention)
        .sort(),
    ).toEqual(users.map(({ id }) => id).sort());
    for (const { versions } of answers()) expect(versions[0]?.picture?.name).toMatch(/\.png$/);
    await platform.until(() => platform.texts('status-').every((text) => text.startsWith('Painted')));

    // Buttons and reactions on messages from before the end still work.
    const before = answers()[0];
    await platform.send({
      kind: 'action',
      actor: ann,
      place: studio,
      action: '➕',
      message: before?.ref as never,
    });
    await platform.until(() => answers().length === waiters + 2);

    // A third start finds nothing left to say.
    const gone = once(second, 'exit');
    second.kill('SIGKILL');
    await gone;
    const third = await startBotProcess(platform, folder, environment);
    const stopped = once(third, 'exit');
    third.send({ type: 'stop' });
    expect(await stopped).toEqual([0, null]);
    expect(answers()).toHaveLength(waiters + 2);
    expect(platform.violations).toEqual([]);
  });
});
