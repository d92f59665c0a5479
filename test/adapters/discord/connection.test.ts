import { afterEach, describe, expect, it } from 'vitest';
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';

let test: DiscordInstance;
const open = async (...args: Parameters<typeof startDiscordInstance>) => {
  test = await startDiscordInstance(...args);
};
afterEach(() => test[Symbol.asyncDispose]());

const served = { environment: { IMPASTO_HTTP_PORT: '0' } };
const health = async () => (await fetch(`${test.opsUrl}/healthz`)).json();
const logged = (level: string, text: string) =>
  test.log.some((line) => line.includes(`"level":"${level}"`) && line.includes(text));
const REFUSED = 'Discord does not accept the token in IMPASTO_DISCORD_TOKEN.';

describe('a connection to Discord', () => {
  it('whose token is reset says so in the log and in its health', async () => {
    await open(served);
    expect(await health()).toMatchObject({ status: 'ok' });
    test.server.resetToken();
    await expect.poll(() => logged('error', REFUSED)).toBe(true);
    expect(await health()).toMatchObject({ status: 'failing', problems: [REFUSED] });
    expect(logged('warn', 'Discord: connection error')).toBe(true);
  });

  it('that may not be opened again says so in its health', async () => {
    await open(served);
    test.server.gateway.end(4014);
    await expect.poll(() => logged('error', 'disconnected for good')).toBe(true);
    expect(await health()).toMatchObject({
      problems: ['Discord has closed the connection for good, with code 4014.'],
    });
  });

  it('whose token is refused loses no answer: it is given after the next start', async () => {
    await open(served);
    await test.ann.slash(test.channel, 'stylize', { content: photo, style: painting });
    const work = await test.easel.next();
    await test.message(/^\*\*(Accepted|Painting)/);
    test.server.fail({ method: 'POST', path: /\/messages$/, status: 401 });
    await work.finish();
    await expect.poll(() => logged('error', 'a job could not be answered')).toBe(true);
    expect(await health()).toMatchObject({ status: 'failing', problems: [REFUSED] });
    await test.stop();
    await test.start();
    await test.message('your picture is ready');
    expect(await health()).toMatchObject({ status: 'ok' });
  });

  it('is made although the commands cannot be registered, which the log tells', async () => {
    await open();
    await test.stop();
    test.server.world.commands.get('')?.pop();
    test.server.fail({ method: 'PUT', path: /\/commands$/, status: 400 });
    await test.start();
    expect(logged('warn', 'the commands could not be registered')).toBe(true);
    const help = await test.ann.slash(test.channel, 'help');
    expect((await help.reply()).content).toContain('I repaint a photograph');
  });
});
