import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Message, MessageRef, Place } from '../src/bot/chat.ts';
import type { FakeConnection } from '../test/support/fake-adapter.ts';
import type { EventSink, FakeEvent, FakeFile } from '../test/support/fake-platform.ts';

/** A platform that forgets at once what it is told, but counts it. */
export class Sink implements FakeConnection {
  readonly minEditIntervalMs = 1000;
  readonly uploadBytes = 8_000_000;
  readonly count = { status: 0, end: 0 };
  sink: EventSink = async () => {};
  #next = 1;

  connect(sink: EventSink): void {
    this.sink = sink;
  }
  async openThread(place: Place) {
    return { place };
  }
  async post({ platform, channel }: Place, _: Message, key: string): Promise<MessageRef> {
    this.count[key.startsWith('status') ? 'status' : 'end'] += 1;
    return { platform, channel, message: `m${this.#next++}` };
  }
  async edit(): Promise<void> {}
  async remove(): Promise<void> {}
  async reply(_: string, { text }: Message): Promise<void> {
    throw new Error(`A submission was refused: ${text}`);
  }
}

const picture = async (name: string) =>
  sharp(await readFile(new URL(name, import.meta.url)))
    .resize(512)
    .jpeg()
    .toBuffer();

/** A photograph and a painting, 512 pixels wide. */
export const pair = {
  content: { name: 'photo.jpg', content: await picture('../gallery/river-afternoon.webp') },
  style: { name: 'painting.jpg', content: await picture('../gallery/whirling-night.webp') },
} satisfies Record<string, FakeFile>;

/** A member of a server asks for a painting. */
export function request(
  id: string,
  { user, server }: { readonly user: string; readonly server: string },
  options: Readonly<Record<string, string | number | FakeFile>> = pair,
): FakeEvent {
  return {
    id,
    kind: 'command',
    actor: { id: user, name: user, roles: [], admin: false, moderator: false },
    place: { platform: 'fake', server, channel: 'studio', thread: null },
    command: 'stylize',
    options,
  };
}
