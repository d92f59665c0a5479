import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Journal } from '../../../src/adapters/web/journal.ts';
import { ROOM } from '../../../src/adapters/web/room.ts';
import type { WireMessage } from '../../../src/adapters/web/wire.ts';
import { passOf, StudioVisitor, studioIn } from '../../support/studio.ts';
import { describeAdapter, type SeenMessage } from '../contract.ts';

describeAdapter('the studio', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-studio-'));
  const adapter = studioIn(folder);
  let entered: Promise<StudioVisitor> | undefined;
  /** Ann, whom the contract's messages call and are written to. */
  const ann = () => {
    entered ??= enter();
    return entered;
  };
  async function enter(): Promise<StudioVisitor> {
    const journal = await Journal.open(path.join(folder, 'studio.db'));
    const person = { id: 'ann', name: 'Ann', admin: false, roles: [] };
    await journal.db
      .insertInto('people')
      .values({ ...person, admin: 0, roles: '[]', seen_at: Date.now() })
      .execute();
    await journal.close();
    return new StudioVisitor(adapter.url ?? '', await passOf(folder, 'ann'), person);
  }
  return {
    adapter,
    place: ROOM,
    user: 'ann',
    async command(command, options) {
      const visitor = await ann();
      const uploads: Record<string, string> = {};
      const others: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(options)) {
        if (value instanceof Uint8Array) uploads[name] = await visitor.upload(value);
        else others[name] = value;
      }
      const { status, body } = await visitor.command(command, others, { uploads });
      if (status !== 200) throw new Error(body.message);
    },
    async react({ message }, emoji) {
      await (await ann()).act(message, emoji);
    },
    async seen() {
      const visitor = await ann();
      const messages = await visitor.messages();
      return Promise.all(messages.map((message) => seenOf(message, visitor)));
    },
    async close() {
      await adapter.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

async function seenOf(message: WireMessage, visitor: StudioVisitor): Promise<SeenMessage> {
  const { text, mention, picture, buttons } = message;
  return {
    text,
    mentions: mention ? [mention] : [],
    picture: picture ? (await visitor.ask(`/${picture.url}`)).body : undefined,
    buttons: buttons.map(({ label }) => label),
  };
}
