import { FakeAdapter } from '../support/fake-adapter.ts';
import { FakePlatform } from '../support/fake-platform.ts';
import { ann, studio } from '../support/instance.ts';
import { describeAdapter } from './contract.ts';

describeAdapter('the fake adapter', async () => {
  const platform = new FakePlatform(0);
  const adapter = new FakeAdapter(platform);
  return {
    adapter,
    place: studio,
    user: ann.id,
    async command(command, options) {
      const files = Object.entries(options).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? { name: `${name}.png`, content: value } : value,
      ]);
      await platform.send({
        kind: 'command',
        actor: ann,
        place: studio,
        command,
        options: Object.fromEntries(files),
      });
    },
    async react(message, action) {
      const place = platform.find(message)?.place ?? studio;
      await platform.send({ kind: 'action', actor: ann, place, action, message });
    },
    async seen() {
      const posted = platform.messages
        .filter(({ removed }) => !removed)
        .map(({ versions }) => versions.at(-1));
      return [...platform.replies.map(({ message }) => message), ...posted].flatMap((message) =>
        message
          ? [
              {
                text: message.text,
                mentions: message.mention ? [message.mention] : [],
                picture: message.picture?.bytes,
                buttons: (message.buttons ?? []).map(({ label }) => label),
              },
            ]
          : [],
      );
    },
    close: () => adapter.close(),
  };
});
