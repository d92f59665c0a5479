import { describe, expect, it } from 'vitest';
import { Doors } from '../../src/bot/readiness.ts';

describe('the door of a platform', () => {
  it('lets in what has waited when it is opened, and nothing of another platform', async () => {
    const doors = new Doors();
    const passed: string[] = [];
    const events = ['discord', 'slack'].map((name) => doors.pass(name).then(() => passed.push(name)));
    doors.open('slack');
    await events[1];
    expect(passed).toEqual(['slack']);
    doors.open('discord');
    await events[0];
    expect(passed).toEqual(['slack', 'discord']);
  });

  it('turns away what waits, and what comes later, when it is shut; what is in stays', async () => {
    const doors = new Doors();
    const waiting = doors.pass('discord');
    doors.open('slack');
    doors.shut();
    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await expect(doors.pass('web')).rejects.toMatchObject({ code: 'closed' });
    await doors.pass('slack');
  });
});
