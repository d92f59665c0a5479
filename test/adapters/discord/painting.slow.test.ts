import sharp from 'sharp';
import { expect, it } from 'vitest';
import { startDiscordInstance } from '../../support/discord-stage.ts';
import { painting, photo } from '../../support/instance.ts';

it('Discord: two attachments, a thread, thumbnails, a result, ➕, a warm-started second result, ❌', async () => {
  await using test = await startDiscordInstance({ paints: true, editIntervalMs: 100 });
  const { server, channel, ann } = test;
  const options = { content: photo, style: painting, size: 96, evaluations: 400 };
  const use = await ann.slash(channel, 'stylize', options);

  const thread = await server.until(() => channel.threads[0]);
  const result = await server.until(() =>
    thread.messages.find(({ content }) => content.includes('your picture is ready')),
  );
  expect(channel.messages.map(({ content }) => content)).toEqual(['🖌️ **Ann** · your painting']);
  expect(thread.thread?.members.has(ann.account)).toBe(true);
  // The acknowledgement is taken away: the thread says it all.
  await server.until(() => use.original?.deleted);

  const status = thread.messages[0];
  const thumbnails = (status?.versions ?? []).flatMap(({ attachments }) =>
    attachments.map(({ bytes }) => bytes),
  );
  expect(new Set(thumbnails.map((bytes) => Buffer.from(bytes).toString('base64'))).size).toBeGreaterThan(1);
  for (const { attachments } of status?.versions ?? []) expect(attachments.length).toBeLessThanOrEqual(1);
  expect(result.notified).toEqual([ann.account]);
  expect(await sharp(result.attachments[0]?.bytes).metadata()).toMatchObject({ width: 96, height: 64 });
  expect(result.attachments[0]?.description).toBe('The painting, in the style of your painting');
  await server.until(() => status?.content.startsWith('Painted in') && status.attachments.length === 0);

  await server.until(() => result.reactions.get('❌'));
  expect([...result.reactions.keys()].join('')).toBe('➕➖🎨🔍🖌️🔁🎞️✉️❌');
  ann.react(result, '➕');
  const second = await server.until(() => {
    const [, again] = thread.messages.filter(({ content }) => content.includes('your picture is ready'));
    return again;
  });
  expect(second.content).toContain('strength +0.5');
  expect(
    Buffer.compare(second.attachments[0]?.bytes ?? Buffer.of(), result.attachments[0]?.bytes ?? Buffer.of()),
  ).not.toBe(0);
  const job = /`(\w{8})`/.exec(second.content)?.[1] ?? '';
  const details = await (await ann.slash(channel, 'result', { job })).reply();
  expect(details.content).toMatch(/Lineage: `\w{8}` → `\w{8}` \(➕ strength 0 → \+0\.5\)/);
  expect(Number(/(\d+) evaluations/.exec(details.content)?.[1])).toBeLessThan(400);

  const removal = await ann.click(second, 'delete');
  expect((await removal.reply()).ephemeral).toBe(true);
  await server.until(() => second.deleted);
  expect(result.deleted).toBe(false);
  expect(server.violations).toEqual([]);
});
