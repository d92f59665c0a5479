import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Uploads } from '../../../src/adapters/web/uploads.ts';
import { type Answer, StudioVisitor, startStudio } from '../../support/studio.ts';

/** A studio that takes pictures of up to 1000 bytes, and visitors who come from where they say. */
async function openStudio() {
  const studio = await startStudio({ maxBytes: 1000, trustedProxies: ['127.0.0.1'] });
  onTestFinished(() => studio[Symbol.asyncDispose]());
  const enter = async (name: string, from: string) => {
    const visitor = await StudioVisitor.enter(studio.url, name);
    const headers = { 'x-forwarded-for': from };
    const send = (bytes = 1000) => visitor.ask('/api/uploads', { bytes: new Uint8Array(bytes), headers });
    const use = (id: string) => visitor.command('stylize', {}, { uploads: { content: id } });
    return { visitor, send, use };
  };
  const files = () => readdir(path.join(studio.folder, 'uploads'));
  return { studio, enter, files };
}

describe('Pictures that are sent to the studio', () => {
  it('of many people of one network leave room for those of others', async () => {
    const { enter } = await openStudio();
    const many = await Promise.all(
      Array.from({ length: 12 }, (_, nth) => enter(`${nth}`, `2001:db8::${nth}`)),
    );
    const answers = [];
    for (const { send } of many) for (let sent = 0; sent < 8; sent++) answers.push((await send()).status);
    expect(answers).toContain(429);
    const ann = await enter('Ann', '192.0.2.1');
    expect((await ann.send()).status).toBe(200);
  });

  it('of two networks, which have all the room, make room for a stranger’s', async () => {
    const { enter, files } = await openStudio();
    const fill = async (network: string) => {
      const people = await Promise.all(['a', 'b', 'c'].map((name) => enter(name, network)));
      const sent: (() => Promise<Answer>)[] = [];
      for (const { send, use } of people) {
        for (let nth = 0; nth < 4; nth++) {
          const { id } = (await send()).body;
          sent.push(() => use(id));
        }
      }
      return sent;
    };
    const [first, second] = [await fill('192.0.2.1'), await fill('192.0.2.2')];
    expect(await files()).toHaveLength(24);
    const [ann, bob] = [await enter('Ann', '192.0.2.3'), await enter('Bob', '192.0.2.4')];
    const { status, body } = await ann.send();
    expect(status).toBe(200);
    // From now on the second network has the most.
    expect((await bob.send()).status).toBe(200);
    expect(await files()).toHaveLength(24);
    const gone = async (sent: readonly (() => Promise<Answer>)[]) => {
      const answers = await Promise.all(sent.map((use) => use()));
      return answers.map(({ body }) => body.code === 'picture-gone');
    };
    expect(await gone(first)).toEqual([true, ...Array(11).fill(false)]);
    expect(await gone(second)).toEqual([true, ...Array(11).fill(false)]);
    expect((await ann.use(body.id)).status).toBe(200);
  });

  it('take no room from what a command has, or from who has less', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-uploads-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const caps = { ofFile: 2, ofPerson: 8, ofNetwork: 8, ofAll: 5, filesOfPerson: 8, keepMs: 60_000 };
    const uploads = await Uploads.open(folder, caps);
    const send = async (network: string, bytes = 2) => {
      const sender = { person: `of ${network}`, network };
      const { id } = await uploads.take(sender, 'a.png', Readable.from([Buffer.alloc(bytes)]), bytes);
      return () => uploads.hand(id, sender.person);
    };
    const used = [(await send('large'))(), (await send('large'))()];
    const less = await send('small', 1);
    await expect(send('stranger')).rejects.toMatchObject({ code: 'over-limit' });
    const { signal } = new AbortController();
    for (const { fetch } of used) expect((await buffer(Readable.from(fetch(2, signal)))).length).toBe(2);
    expect(less().bytes).toBe(1);
  });

  it('make room for newer ones of the same person', async () => {
    const { enter, files } = await openStudio();
    const ann = await enter('Ann', '192.0.2.1');
    const ids: string[] = [];
    for (let sent = 0; sent < 6; sent++) ids.push((await ann.send()).body.id);
    expect(await files()).toHaveLength(4);
    expect((await ann.use(ids[1] as string)).body.code).toBe('picture-gone');
    expect((await ann.use(ids[5] as string)).status).toBe(200);
  });

  it('are gone when their command has been answered, whatever came of it', async () => {
    const { studio, enter, files } = await openStudio();
    studio.bot.answer = { text: 'The photograph is not a picture.', private: true };
    const ann = await enter('Ann', '192.0.2.1');
    const { id } = (await ann.send()).body;
    expect((await ann.use(id)).status).toBe(200);
    expect(await files()).toEqual([]);
    expect((await ann.use(id)).body.code).toBe('picture-gone');
  });

  it('are gone with the command that names another that is not there', async () => {
    const { enter, files } = await openStudio();
    const ann = await enter('Ann', '192.0.2.1');
    const { id: content } = (await ann.send()).body;
    const refused = await ann.visitor.command('stylize', {}, { uploads: { content, style: 'none' } });
    expect(refused.body.code).toBe('picture-gone');
    expect(await files()).toEqual([]);
  });

  it('count while they come: no more come at once than may lie there', async () => {
    const { studio, enter, files } = await openStudio();
    const { visitor, send } = await enter('Ann', '192.0.2.1');
    const coming = Array.from({ length: 8 }, () => {
      const headers = { 'impasto-pass': visitor.pass, 'content-length': '1000' };
      const asked = request(`${studio.url}/api/uploads`, { method: 'POST', headers });
      asked.on('error', () => {});
      asked.write('beginning');
      return asked;
    });
    await expect.poll(files).toHaveLength(8);
    expect((await send()).status).toBe(429);
    expect(await files()).toHaveLength(8);
    for (const asked of coming) asked.end(new Uint8Array(1000 - 'beginning'.length));
    const answers = await Promise.all(coming.map((asked) => once(asked, 'response')));
    expect(answers.map(([response]) => response.statusCode)).toContain(200);
    expect((await files()).length).toBeLessThanOrEqual(4);
  });
});
