import sharp from 'sharp';
import { expect, it } from 'vitest';
import { painting, photo } from '../../support/instance.ts';
import { picturesIn } from '../../support/slack/model.ts';
import { startSlackInstance } from '../../support/slack-stage.ts';

it.each(['socket', 'http'] as const)(
  'Slack by %s: two files in a modal, a thread, thumbnails, a result, ➕, a warm-started second result, ❌',
  async (delivery) => {
    await using test = await startSlackInstance({
      delivery,
      paints: true,
      editIntervalMs: 300,
      processing: 2,
    });
    const { server, channel, ann } = test;
    const { files } = server.world;
    const use = await ann.slash(channel, '/stylize', 'size 96');
    const errors = await ann.submitModal(await use.view(), {
      content: photo,
      style: painting,
      advanced: 'evaluations 200',
    });
    expect(errors).toBeUndefined();

    const result = await test.message('your picture is ready');
    const [parent, ...more] = channel.roots;
    expect(more).toEqual([]);
    expect(parent?.text).toBe('🖌️ *Ann* · your painting');
    expect(result.thread).toBe(parent?.ts);
    expect(result.notified).toEqual([ann.id]);
    const picture = files.get(result.pictureIds[0] ?? '');
    expect(await sharp(picture?.bytes).metadata()).toMatchObject({ width: 96, height: 64 });
    expect(picture?.alt).toBe('The painting, in the style of your painting');

    const [status] = channel.replies(result.thread ?? '');
    await server.until(() => status?.text.startsWith('Painted in'));
    const thumbnails = new Set(status?.versions.flatMap(({ blocks }) => picturesIn(blocks)));
    expect(thumbnails.size).toBeGreaterThan(1);
    const bytes = [...thumbnails].map((id) => Buffer.from(files.get(id)?.bytes ?? []).toString('base64'));
    expect(new Set(bytes).size).toBeGreaterThan(1);
    // Old thumbnails are taken away, so that the workspace does not fill with them.
    await server.until(() => [...thumbnails].every((id) => files.get(id)?.deleted));
    expect([...files.values()].filter((file) => file.owner === server.world.bot.id && !file.deleted)).toEqual(
      [picture],
    );

    await server.until(() => result.reactions.get('x'));
    ann.react(result, 'heavy_plus_sign');
    const second = await server.until(
      () => channel.replies(result.thread ?? '').filter(({ text }) => text.includes('is ready'))[1],
    );
    expect(second.text).toContain('strength +0.5');
    const job = /`(\w{8})`/.exec(second.text)?.[1] ?? '';
    await ann.slash(channel, '/stylize', `result ${job}`);
    const details = await test.message('Lineage');
    expect(details.text).toMatch(/Lineage: `\w{8}` → `\w{8}` \(➕ strength 0 → \+0\.5\)/);
    expect(Number(/(\d+) evaluations/.exec(details.text)?.[1])).toBeLessThan(200);

    await ann.click(second, '❌');
    await server.until(() => second.deleted);
    await server.until(() => files.get(second.pictureIds[0] ?? '')?.deleted);
    expect((await test.message('is deleted')).onlyFor).toBe(ann.id);
    expect(result.deleted).toBe(false);
    expect(server.violations).toEqual([]);
  },
);
