import { Writable } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandDefinitions } from '../../src/adapters/discord/definition.ts';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { registerCommand } from '../../src/cli/register.ts';
import { type FakeDiscord, startFakeDiscord } from '../support/discord/server.ts';

let server: FakeDiscord;
let out: string;
const stdout = new Writable({
  write(chunk, _, done) {
    out += chunk;
    done();
  },
});
beforeEach(async () => {
  server = await startFakeDiscord();
  out = '';
});
afterEach(() => server.close());

const run = (command: Command, args: string[]) =>
  new Command('impasto').addCommand(command).parseAsync(args, { from: 'user' });
const doctor = (discordToken: string | undefined) =>
  run(doctorCommand({ config: { discordToken, warnings: [] }, stdout, discordApi: server.api }), ['doctor']);
const register = (args: string[] = [], discordToken: string | undefined = server.token) =>
  run(registerCommand({ config: { discordToken }, stdout, discordApi: server.api }), ['register', ...args]);

describe('impasto doctor', () => {
  it('finds nothing to mend where all is well, and prints the invitation with exactly what is needed', async () => {
    server.addGuild({ name: 'Museum' });
    server.addGuild({ name: 'Boosted', premiumTier: 2 });
    await register();
    out = '';
    await doctor(server.token);
    expect(out).toContain('✓ Discord accepts the token');
    expect(out).toContain(`✓ All ${commandDefinitions().length} commands are registered`);
    expect(out).toContain('✓ Museum: uploads up to 10 MB, all permissions');
    expect(out).toContain('✓ Boosted: uploads up to 50 MB');
    const link = new URL(/https:\S+/.exec(out)?.[0] ?? '');
    expect(Object.fromEntries(link.searchParams)).toEqual({
      client_id: server.world.applicationId,
      scope: 'bot applications.commands',
      // View Channels, Send Messages, Attach Files, Read Message History, Add Reactions, Create Public Threads,
      // Send Messages in Threads.
      permissions: String(2 ** 10 + 2 ** 11 + 2 ** 15 + 2 ** 16 + 2 ** 6 + 2 ** 35 + 2 ** 38),
    });
    expect(server.violations).toEqual([]);
  });

  it('names the permissions that a server does not give, and fails', async () => {
    const guild = server.addGuild({ name: 'Museum' });
    guild.botRole.setPermissions(['ViewChannel', 'SendMessages', 'ReadMessageHistory', 'AddReactions']);
    await expect(doctor(server.token)).rejects.toMatchObject({ code: 'bad-setting' });
    expect(out).toContain(
      '✗ Museum: uploads up to 10 MB, lacks Send Messages in Threads, Create Public Threads, Attach Files',
    );
    expect(out).toMatch(/→ Give them to its role/);
  });

  it('tells a token that Discord does not accept, without showing it', async () => {
    await expect(doctor('wrong.token.of-somebody-else')).rejects.toMatchObject({ code: 'bad-setting' });
    expect(out).toContain('✗ Discord does not accept the token in IMPASTO_DISCORD_TOKEN');
    expect(out).not.toContain('somebody-else');
  });

  it('says what to do where the bot is on no server, and where it has no token', async () => {
    await expect(doctor(server.token)).rejects.toMatchObject({ code: 'bad-setting' });
    expect(out).toContain('✗ It is on no server\n  → Open the link above');
    out = '';
    await doctor(undefined);
    expect(out).toContain('• Discord is not configured\n  → Set IMPASTO_DISCORD_TOKEN');
  });
});

describe('impasto register', () => {
  it('registers the commands everywhere or on one server, and removes them', async () => {
    const guild = server.addGuild();
    await register();
    expect(out).toBe(`${commandDefinitions().length} commands are registered everywhere.\n`);
    await register(['--server', guild.id]);
    expect(server.world.commands.get(guild.id)).toHaveLength(commandDefinitions().length);
    await register(['--server', guild.id, '--remove']);
    expect(server.world.commands.get(guild.id)).toEqual([]);
    expect(server.world.commands.get('')).toHaveLength(commandDefinitions().length);
  });

  it('refuses what it cannot use with what to do', async () => {
    await expect(register(['--server', 'museum'])).rejects.toMatchObject({ code: 'bad-setting' });
    await expect(register([], 'wrong.token.here')).rejects.toMatchObject({
      message: expect.stringContaining('does not accept the token'),
    });
    const none = run(registerCommand({ config: { discordToken: undefined }, stdout }), ['register']);
    await expect(none).rejects.toMatchObject({ advice: expect.stringContaining('IMPASTO_DISCORD_TOKEN') });
  });
});
