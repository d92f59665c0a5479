import { type APIApplication, type Client, REST, Routes } from 'discord.js';
import { commandDefinitions } from './definition.ts';
import { chatError, tokenError } from './failures.ts';

/**
 * Registers the commands everywhere, unless Discord has the very same already: a registration counts towards a
 * daily limit of 200 new commands, and clients reload their list.
 *
 * @returns whether something was changed.
 */
export async function registerIfChanged(client: Client<true>): Promise<boolean> {
  const { commands } = client.application;
  const known = [...(await commands.fetch()).values()];
  const wanted = commandDefinitions();
  const same =
    known.length === wanted.length &&
    wanted.every((definition) =>
      known.some(
        (command) =>
          command.name === definition.name &&
          command.type === (definition.type ?? 1) &&
          command.equals(definition as Parameters<typeof command.equals>[0], true),
      ),
    );
  if (!same) await commands.set(wanted);
  return !same;
}

/** Options of {@link registerCommands}. */
export interface RegisterOptions {
  readonly token: string;
  /** A server's id: the commands can be used there at once, and stand beside the global ones. Everywhere without it. */
  readonly server?: string;
  /** Takes them away instead. */
  readonly remove?: boolean;
  /** Base address of the API, for a proxy. */
  readonly api?: string;
}

/**
 * Registers the commands, or takes them away, everywhere or on one server.
 *
 * @returns how many there are now.
 * @throws ImpastoError `bad-setting` for a token that Discord does not accept, and what Chat's methods throw.
 */
export async function registerCommands({
  token,
  server,
  remove = false,
  api,
}: RegisterOptions): Promise<number> {
  const rest = new REST(api === undefined ? {} : { api }).setToken(token);
  try {
    const { id } = (await rest.get(Routes.currentApplication())) as APIApplication;
    const route =
      server === undefined ? Routes.applicationCommands(id) : Routes.applicationGuildCommands(id, server);
    return ((await rest.put(route, { body: remove ? [] : commandDefinitions() })) as unknown[]).length;
  } catch (error) {
    throw tokenError(error) ?? chatError(error);
  }
}
