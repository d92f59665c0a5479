import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatAdapter } from '../../src/adapters/adapter.ts';
import type { Bot } from '../../src/bot/bot.ts';
import type { ActionEvent, CommandEvent, Message, MessageRef, Place } from '../../src/bot/chat.ts';
import { type Form, stylizeForm } from '../../src/bot/forms.ts';

/** A message as a user sees it on the platform. */
export interface SeenMessage {
  readonly text: string;
  /** Users whom it has notified. */
  readonly mentions: readonly string[];
  readonly picture: Uint8Array | undefined;
  readonly buttons: readonly string[];
}

/** A platform that a user acts on, with an adapter connected to it. */
export interface AdapterStage {
  readonly adapter: ChatAdapter;
  readonly place: Place;
  /** The id of the user who acts. */
  readonly user: string;
  /** What a user does; settles when the adapter has taken it, or has refused to. */
  command(command: string, options: Record<string, string | number | boolean | Uint8Array>): Promise<void>;
  react(message: MessageRef, emoji: string): Promise<void>;
  /** What a user sees, oldest first: answers to commands and messages to a place or to a user. */
  seen(): Promise<readonly SeenMessage[]>;
  close(): Promise<void>;
}

const previews = async () => ({});

async function collected(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

/** A bot that notes what it is given and answers with a text. */
class ListeningBot implements Bot {
  readonly commands: CommandEvent[] = [];
  answer: Message | undefined;
  /** What the first picture's bytes came to, of a command that has one: it is fetched while the command is handled. */
  fetched: unknown;
  readonly #told = new EventEmitter();

  async command(event: CommandEvent): Promise<void> {
    this.commands.push(event);
    const { content } = event.options;
    if (typeof content === 'object') {
      const parts = content.fetch(1000, AbortSignal.timeout(10_000));
      this.fetched = await collected(parts).catch((error: unknown) => error);
    }
    this.#told.emit('command', event);
    if (this.answer) await event.reply(this.answer);
  }
  async action(event: ActionEvent): Promise<void> {
    this.#told.emit('action', event);
    if (this.answer) await event.reply(this.answer);
  }
  /** The event that something done makes, whenever the platform delivers it. */
  async event<Kind extends 'command' | 'action'>(
    kind: Kind,
    done: () => Promise<void>,
  ): Promise<Kind extends 'command' ? CommandEvent : ActionEvent> {
    const told = once(this.#told, kind);
    await done();
    const [event] = await told;
    return event;
  }
  async form(): Promise<Form | Message> {
    return stylizeForm({ settings: {} });
  }
  async left(): Promise<void> {}
  async present(): Promise<void> {}
  async claim(): Promise<boolean> {
    return true;
  }
  async suggest(): Promise<string[]> {
    return [];
  }
}

const bytes = (length: number) => new Uint8Array(length).fill(7);

/** What every adapter does, whatever its platform. */
export function describeAdapter(name: string, open: () => Promise<AdapterStage>): void {
  describe(`${name}, as an adapter,`, () => {
    let stage: AdapterStage;
    let bot: ListeningBot;
    beforeEach(async () => {
      stage = await open();
      bot = new ListeningBot();
      await stage.adapter.start(bot);
    });
    afterEach(() => stage.close());

    it('hands a command on with its options, its place and a picture that can be fetched', async () => {
      const event = await bot.event('command', () =>
        stage.command('stylize', { content: bytes(100), strength: 0.5, style_name: 'poppy-wash' }),
      );
      expect(event.command).toBe('stylize');
      expect(event.place.platform).toBe(stage.adapter.platform);
      expect(event.options).toMatchObject({ strength: 0.5, style_name: 'poppy-wash' });
      expect(Buffer.from(bot.fetched as Uint8Array).equals(Buffer.from(bytes(100)))).toBe(true);
    });

    it('does not fetch more of an attachment than permitted', async () => {
      await bot.event('command', () => stage.command('stylize', { content: bytes(5000) }));
      expect(bot.fetched).toMatchObject({ code: 'picture-too-large' });
    });

    it('shows an answer where it was asked', async () => {
      bot.answer = { text: 'Good **day**.' };
      await stage.command('help', {});
      expect(await stage.seen()).toHaveLength(1);
    });

    it('posts a message with its picture and mentions nobody but whom it is told to', async () => {
      await stage.adapter.post(
        stage.place,
        {
          text: 'Done, @everyone <user:123456789012345678>',
          mention: stage.user,
          picture: { bytes: bytes(10), name: 'a.png', alt: 'A picture' },
        },
        'key-1',
      );
      const [message] = await stage.seen();
      expect(message?.mentions).toEqual([stage.user]);
      expect(message?.picture?.length).toBe(10);
    });

    it('posts once for a key', async () => {
      const first = await stage.adapter.post(stage.place, { text: 'once' }, 'key-1');
      expect(await stage.adapter.post(stage.place, { text: 'once' }, 'key-1')).toEqual(first);
      expect(await stage.seen()).toHaveLength(1);
    });

    it('opens one thread for a key, where messages can be posted, changed and reacted to', async () => {
      const { adapter, place } = stage;
      const thread = { user: stage.user, userName: 'Ann', title: 'whirling-night', previews };
      const opened = await adapter.openThread(place, thread, 'thread-1');
      expect(opened.place).toMatchObject({ platform: adapter.platform, server: place.server });
      expect(opened.place.thread).toEqual(expect.any(String));
      expect(await adapter.openThread(place, thread, 'thread-1')).toEqual(opened);
      const ref = await adapter.post(opened.place, { text: 'in the thread' }, 'key-1');
      await adapter.edit(ref, { text: 'still in the thread' });
      const texts = (await stage.seen()).map(({ text }) => text);
      expect(texts.filter((text) => text.includes('in the thread'))).toEqual(['still in the thread']);
      const event = await bot.event('action', () => stage.react(ref, '➕'));
      expect(event).toMatchObject({ message: ref, place: opened.place });
    });

    it('takes away what a thread says of its requester, twice without a word, and leaves what was said in it', async () => {
      const { adapter, place } = stage;
      const thread = { user: stage.user, userName: 'Ann of the Fens', title: 'whirling-night', previews };
      const { place: inThread, beginning } = await adapter.openThread(place, thread, 'thread-1');
      await adapter.post(inThread, { text: 'in the thread' }, 'key-1');
      if (beginning) for (let times = 0; times < 2; times++) await adapter.forgetThread(beginning);
      const texts = (await stage.seen()).map(({ text }) => text).join();
      expect(texts).toContain('in the thread');
      expect(texts).not.toContain('Ann of the Fens');
    });

    it('replaces text and picture by an edit, and takes away what the edit lacks', async () => {
      const { adapter, place } = stage;
      const picture = { bytes: bytes(10), name: 'a.png', alt: 'A picture' };
      const button = { action: 'remove', emoji: '❌', label: 'cancel', jobId: 'k3f9x2mq' };
      const ref = await adapter.post(place, { text: 'first', picture, buttons: [button] }, 'key-1');
      await adapter.edit(ref, { text: 'second', picture: { ...picture, bytes: bytes(20) } });
      expect((await stage.seen())[0]).toMatchObject({ text: 'second', buttons: [] });
      expect((await stage.seen())[0]?.picture?.length).toBe(20);
      await adapter.edit(ref, { text: 'third' });
      expect((await stage.seen())[0]?.picture).toBeUndefined();
    });

    it('writes to one user alone', async () => {
      await stage.adapter.direct(stage.user, { text: 'for you' }, 'key-1');
      expect((await stage.seen())[0]?.text).toContain('for you');
    });

    it('hands a reaction on with the message that it is on', async () => {
      const ref = await stage.adapter.post(stage.place, { text: 'result' }, 'key-1');
      const event = await bot.event('action', () => stage.react(ref, '➕'));
      expect(event).toMatchObject({ action: '➕', message: ref, actor: { id: stage.user } });
    });

    it('says that a removed message is gone, and removes it twice without a word', async () => {
      const ref = await stage.adapter.post(stage.place, { text: 'away' }, 'key-1');
      await stage.adapter.remove(ref);
      await stage.adapter.remove(ref);
      expect(await stage.seen()).toHaveLength(0);
      await expect(stage.adapter.edit(ref, { text: 'back' })).rejects.toMatchObject({ code: 'message-gone' });
    });

    it('refuses a file that is larger than the platform takes', async () => {
      const limit = await stage.adapter.maxUploadBytes(stage.place);
      const picture = { bytes: bytes(limit + 1), name: 'a.png', alt: 'A picture' };
      await expect(
        stage.adapter.post(stage.place, { text: 'large', picture }, 'key-1'),
      ).rejects.toMatchObject({ code: 'upload-too-large' });
    });

    it('takes no event after it was stopped, but can still post', async () => {
      await stage.adapter.stop();
      await stage.command('help', {}).catch(() => {});
      expect(bot.commands).toHaveLength(0);
      await stage.adapter.post(stage.place, { text: 'goodbye' }, 'key-1');
      expect(await stage.seen()).toHaveLength(1);
    });
  });
}
