import type { APIUser } from 'discord-api-types/v10';

/** A user account, of a human or of the bot. */
export class Account {
  readonly id: string;
  readonly username: string;
  readonly bot: boolean;
  /** Whether the user takes direct messages from servers that they share with the sender. */
  takesDirectMessages = true;

  constructor(id: string, username: string, bot: boolean) {
    this.id = id;
    this.username = username;
    this.bot = bot;
  }

  payload(): APIUser {
    return {
      id: this.id,
      username: this.username.toLowerCase().replaceAll(/[^a-z0-9_.]/g, '_'),
      discriminator: '0',
      global_name: this.username,
      avatar: null,
      bot: this.bot,
    };
  }
}
