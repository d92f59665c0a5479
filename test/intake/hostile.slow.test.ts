import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CliRun, startCli } from '../support/cli.ts';
import type { FakeFile } from '../support/fake-platform.ts';
import { hostilePictures, tediousPicture } from '../support/hostile-pictures.ts';
import { painting, photo } from '../support/instance.ts';
import { StudioVisitor } from '../support/studio.ts';

const AT_ONCE = 20;
/** The studio keeps a few files of each person: of more that come at once, the oldest give way, and are told of so. */
const NO_ROOM = /^This picture is not here any longer|^Too many pictures/;
/** What the bot may need for its work in these minutes, whatever is sent, in bytes. */
const GROWTH = 150e6;

/** Processes that a process has started, and theirs. */
async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

async function residentBytes(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]) * 4096;
}

const isAlive = (pid: number) =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => !/\) [ZX] /.test(stat),
    () => false,
  );

/** A style that is to be kept from a file, asked for in the studio. @returns all that is answered. */
async function useStyle(visitor: StudioVisitor, { name, content }: FakeFile): Promise<string[]> {
  const sent = await visitor.ask(`/api/uploads?name=${encodeURIComponent(name)}`, { bytes: content });
  if (sent.status !== 200) return [sent.body.message];
  const uploads = { picture: sent.body.id };
  const { status, body } = await visitor.command('styles', {}, { subcommand: 'use', uploads });
  if (status !== 200) return [body.message];
  return (body.replies as { text: string }[]).map(({ text }) => text);
}

describe.skipIf(process.platform !== 'linux')('hostile pictures of one member', () => {
  let folder: string;
  let run: CliRun;
  let bot: number;
  let url: string;
  let health: string;
  let mallory: StudioVisitor;
  let ann: StudioVisitor;
  const hostile = hostilePictures();

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'impasto-hostile-'));
    run = startCli(['start'], {
      env: {
        IMPASTO_DATA: folder,
        IMPASTO_HTTP_PORT: '0',
        IMPASTO_STUDIO: 'on',
        IMPASTO_INTAKE_SECONDS: '3',
        IMPASTO_STOP_SECONDS: '3',
        IMPASTO_LIMIT_JOBS_PER_USER_PER_DAY: '1000',
        IMPASTO_LIMIT_WAITING_PER_USER: '1000',
      },
    });
    await run.printed('Impasto is running');
    await vi.waitUntil(() => run.stdout().includes('The studio is open'), { timeout: 60_000 });
    url = /http:\S+/.exec(run.stdout())?.[0] ?? '';
    health = /"ops":"(http:[^"]+)"/.exec(run.stderr())?.[1] ?? '';
    const [service] = await descendants(run.process.pid as number);
    bot = service as number;
    mallory = await StudioVisitor.enter(url, 'Mallory');
    ann = await StudioVisitor.enter(url, 'Ann');
  });
  afterAll(async () => {
    run?.process.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('are each refused, while another’s requests are answered before them and the bot stays as it is', async () => {
    await useStyle(ann, painting);
    await useStyle(mallory, painting);
    const before = await residentBytes(bot);
    let [most, next, overtaken, asked, over] = [before, 0, 0, 0, false];
    /** What Mallory waits for an answer to. */
    const pending = new Set<number>();
    const watch = (async () => {
      while (!over) {
        most = Math.max(most, await residentBytes(bot));
        await delay(100);
      }
    })();
    const work = (async () => {
      while (!over) {
        const sentBefore = [...pending];
        const [answer] = await useStyle(ann, photo);
        expect(answer).toMatch(/^Kept: /);
        asked += 1;
        if (sentBefore.some((id) => pending.has(id))) overtaken += 1;
        expect((await fetch(`${health}/healthz`)).status).toBe(200);
      }
    })();
    const send = async (file: FakeFile): Promise<string[]> => {
      const id = next++;
      pending.add(id);
      return useStyle(mallory, file).finally(() => pending.delete(id));
    };
    const sendAll = async (name: string, file: FakeFile, right: RegExp) => {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => send(file)));
      for (const each of answers) expect(each, name).toHaveLength(1);
      const judged = answers.flat().filter((answer) => !NO_ROOM.test(answer));
      expect(judged.length, name).toBeGreaterThan(1);
      for (const answer of judged) expect(answer, name).toMatch(right);
    };
    const attack = async () => {
      for (const { name, file } of await hostile) await sendAll(name, file, /^The painting `/);
      // Each keeps a decoder busy for a second or two, or until its time is over.
      await sendAll('a tedious picture', tediousPicture(), /^Kept: |^The painting `.*longer than/);
    };
    const ended = attack().finally(() => {
      over = true;
    });
    await Promise.all([ended, watch, work]);
    expect(most - before).toBeLessThan(GROWTH);
    expect(asked).toBeGreaterThan(10);
    expect(overtaken).toBeGreaterThan(0);
    expect(await readdir(path.join(folder, 'intake'))).toEqual([]);
  });

  it('keep nobody from stopping it', async () => {
    const processes = await descendants(run.process.pid as number);
    const sending = Array.from({ length: AT_ONCE }, () =>
      useStyle(mallory, tediousPicture()).catch(() => {}),
    );
    await useStyle(ann, photo);
    const all = new Set([...processes, ...(await descendants(run.process.pid as number))]);
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(0);
    await Promise.all(sending);
    for (const pid of all) await expect.poll(() => isAlive(pid)).toBe(false);
  });
});
