import {
  type ApplicationCommandManager,
  type Client,
  type GuildApplicationCommandManager,
  type REST,
  Routes,
} from 'discord.js';
import { commandDefinitions } from './definition.ts';

/**
 * Registers the commands everywhere, unless Discord has the very same already: a registration counts towards a
 * daily limit of 200 new commands, and clients reload their list.
 *
 * @returns whether something was changed.
 */
export async function registerIfChanged(client: Client<true>): Promise<boolean> {
  const commands: ApplicationCommandManager | GuildApplicationCommandManager = client.application.commands;
  const known = [...(await commands.fetch()).values()];
  const wanted = commandDefinitions();
  const same =
    known.length === wanted.length &&
    wanted.every((definition) =>
      known.some(
        (command) =>
          command.name === definition.name &&
          command.type === (definition.type ?? 1) &&
          command.equals(definition as Parameters<typeof command.equals>[0]),
      ),
    );
  if (!same) await commands.set(wanted);
  return !same;
}

/**
 * Registers the commands, or takes them away, everywhere or on one server (where they can be used at once and are
 * shown in place of the global ones of the same name).
 *
 * @returns how many there are now.
 */
export async function register(
  rest: REST,
  application: string,
  { server, remove = false }: { readonly server?: string; readonly remove?: boolean } = {},
): Promise<number> {
  const route =
    server === undefined
      ? Routes.applicationCommands(application)
      : Routes.applicationGuildCommands(application, server);
  const body = remove ? [] : commandDefinitions();
  const registered = (await rest.put(route, { body })) as unknown[];
  return registered.length;
}
