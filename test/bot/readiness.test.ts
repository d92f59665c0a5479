import { describe, expect, it } from 'vitest';
import { Readiness } from '../../src/bot/readiness.ts';

describe('the readiness of a platform', () => {
  it('lets in what has waited for it, and nothing of another platform', async () => {
    const readiness = new Readiness();
    const passed: string[] = [];
    const events = ['discord', 'slack'].map((name) => readiness.wait(name).then(() => passed.push(name)));
    readiness.ready('slack');
    await events[1];
    expect(passed).toEqual(['slack']);
    readiness.ready('discord');
    await events[0];
    expect(passed).toEqual(['slack', 'discord']);
  });

  it('turns away what waits, and what comes later, when it is closed; a platform that was ready stays so', async () => {
    const readiness = new Readiness();
    const waiting = readiness.wait('discord');
    readiness.ready('slack');
    readiness.close();
    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await expect(readiness.wait('web')).rejects.toMatchObject({ code: 'closed' });
    await readiness.wait('slack');
  });
});
