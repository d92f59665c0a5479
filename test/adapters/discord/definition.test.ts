import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { commandDefinitions, MESSAGE_COMMANDS } from '../../../src/adapters/discord/definition.ts';
import { COMMANDS } from '../../../src/bot/commands.ts';
import { connectClient } from '../../support/discord/client.ts';
import { openDiscord } from '../../support/discord-stage.ts';
import { NotingBot } from '../../support/studio.ts';

/** Names, descriptions and values count together, for each command (Discord's documentation). */
const MAX_CHARACTERS = 8000;

function characters(json: unknown): number {
  if (Array.isArray(json)) return json.reduce((sum, each) => sum + characters(each), 0);
  if (typeof json !== 'object' || json === null) return 0;
  return Object.entries(json).reduce((sum, [key, value]) => {
    const counts = key === 'name' || key === 'description' || key === 'value';
    return sum + (counts && typeof value === 'string' ? value.length : characters(value));
  }, 0);
}

describe('the commands as Discord gets them', () => {
  it('are those that were looked over last; look at what has changed before you accept it', async () => {
    const json = `${JSON.stringify(commandDefinitions(), null, 2)}\n`;
    await expect(json).toMatchFileSnapshot('definition.json.snap');
  });

  it('are all of the table, and the message commands', () => {
    const names = commandDefinitions().map(({ name }) => name);
    expect(names).toEqual([...COMMANDS.map(({ name }) => name), ...Object.values(MESSAGE_COMMANDS)]);
  });

  it.each(commandDefinitions().map((definition) => [definition.name, definition] as const))(
    '%s stays below the characters that a command may have',
    (_, definition: RESTPostAPIApplicationCommandsJSONBody) => {
      expect(characters(definition)).toBeLessThan(MAX_CHARACTERS);
    },
  );

  it('are accepted by a Discord that checks every documented limit, and found the same afterwards', async () => {
    const { server, connect } = await openDiscord();
    const writes = () =>
      server.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/commands'));
    for (const expected of [1, 1]) {
      const adapter = connect();
      await adapter.start(new NotingBot());
      await adapter.close();
      expect(writes()).toHaveLength(expected);
    }
    const client = await connectClient(server);
    await client.application.commands.set([{ name: 'another', description: 'of somebody else' }]);
    await client.destroy();
    const adapter = connect();
    await adapter.start(new NotingBot());
    await adapter.close();
    expect(writes()).toHaveLength(3);
    expect(server.violations).toEqual([]);
    await server.close();
  });

  it('are registered anew when only the order of their options is another', async () => {
    const { server, connect } = await openDiscord();
    const client = await connectClient(server);
    const swapped = commandDefinitions().map((definition) => {
      const options = [...(('options' in definition && definition.options) || [])];
      return options.length > 2
        ? { ...definition, options: [...options.slice(0, -2), ...options.slice(-2).reverse()] }
        : definition;
    });
    await client.application.commands.set(swapped as never);
    await client.destroy();
    const adapter = connect();
    await adapter.start(new NotingBot());
    await adapter.close();
    const names = (commands: readonly object[] = []) =>
      commands.map((command) =>
        'options' in command ? (command.options as { name: string }[]).map(({ name }) => name) : [],
      );
    expect(names(server.world.commands.get(''))).toEqual(names(commandDefinitions()));
    await server.close();
  });
});
