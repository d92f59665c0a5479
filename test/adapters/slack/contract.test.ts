import { nameOf } from '../../../src/adapters/slack/emoji.ts';
import type { Filling } from '../../support/slack/human.ts';
import { openSlack } from '../../support/slack-stage.ts';
import { describeAdapter } from '../contract.ts';

for (const delivery of ['socket', 'http'] as const) {
  describeAdapter(`Slack by ${delivery}`, async () => {
    const { server, channel, ann, place, connect } = await openSlack({ delivery });
    const adapter = connect();
    const channels = () => [channel, ann.direct];
    return {
      adapter,
      place,
      user: ann.id,
      async command(command, options) {
        if (command !== 'stylize') {
          const before = channel.messages.length;
          await ann.slash(channel, '/stylize', command);
          await server.until(() => channel.messages.length > before);
          return;
        }
        const use = await ann.slash(channel, '/stylize');
        await ann.submitModal(await use.view(), options as Filling);
      },
      async react({ channel: id, message: ts }, emoji) {
        const message = channels()
          .find((each) => each.id === id)
          ?.find(ts);
        if (!message) throw new Error('There is no such message.');
        ann.react(message, nameOf(emoji) ?? emoji);
      },
      async seen() {
        return channels().flatMap(({ messages }) =>
          messages.map((message) => ({
            text: message.text,
            mentions: message.notified,
            picture: server.world.files.get(message.pictureIds[0] ?? '')?.bytes,
            buttons: message.buttons.map(({ label }) => label),
          })),
        );
      },
      async close() {
        await adapter.close();
        await server.close();
      },
    };
  });
}
