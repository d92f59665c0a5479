import type { Message } from '../../support/discord/model/message.ts';
import { openDiscord } from '../../support/discord-stage.ts';
import { describeAdapter } from '../contract.ts';

describeAdapter('Discord', async () => {
  const { server, channel, ann, place, connect } = await openDiscord();
  const adapter = connect();
  const answers: Message[] = [];
  const channels = () => [channel, ...channel.threads, ann.direct];
  return {
    adapter,
    place,
    user: ann.id,
    async command(command, options) {
      const use = await ann.slash(channel, command, options);
      const [reply] = await server.until(() =>
        use.original?.deleted ? [undefined] : use.replies.some(({ loading }) => !loading) && use.replies,
      );
      if (reply) answers.push(reply);
    },
    async react({ channel: id, message }, emoji) {
      const found = channels()
        .find((each) => each.id === id)
        ?.find(message);
      if (!found) throw new Error('There is no such message.');
      ann.react(found, emoji);
    },
    async seen() {
      return [...answers, ...channels().flatMap(({ messages }) => messages)].map((message) => ({
        text: message.content,
        mentions: message.notified.map(({ id }) => id),
        picture: message.attachments[0]?.bytes,
        buttons: message.controls.map((control) => ('label' in control ? (control.label ?? '') : '')),
      }));
    },
    async close() {
      await adapter.close();
      await server.close();
    },
  };
});
