import type { FakeDiscord } from './discord/server.ts';
import { photo } from './instance.ts';

/** What a crowd of members has seen. */
export interface Crowd {
  /** Milliseconds until each request was acknowledged. */
  readonly acknowledgedMs: readonly number[];
  /** Results of each member. */
  readonly results: readonly number[];
  /** Threads that were opened. */
  readonly threads: number;
}

/** Lets members of many servers ask for a painting at once, and waits until each has got one. */
export async function gatherCrowd(
  server: FakeDiscord,
  size: { readonly servers: number; readonly members: number },
): Promise<Crowd> {
  const places = Array.from({ length: size.servers }, () => {
    const guild = server.addGuild();
    return { guild, channel: guild.addChannel('art') };
  });
  const members = Array.from({ length: size.members }, (_, index) => {
    const place = places[index % places.length] as (typeof places)[number];
    const human = server.addUser(`Member ${index}`);
    place.guild.join(human);
    return { human, channel: place.channel };
  });
  const uses = await Promise.all(
    members.map(({ human, channel }) =>
      human.slash(channel, 'stylize', { content: photo, style_name: 'poppy-wash' }),
    ),
  );
  const resultsOf = ({ human, channel }: (typeof members)[number]) =>
    channel.threads
      .flatMap(({ messages }) => messages)
      .filter(({ content, notified }) => content.includes('is ready') && notified.includes(human.account))
      .length;
  await server.until(() => members.every((member) => resultsOf(member) > 0), 300_000);
  return {
    acknowledgedMs: uses.map(({ acknowledgedAfterMs = Number.NaN }) => acknowledgedAfterMs),
    results: members.map(resultsOf),
    threads: places.reduce((sum, { channel }) => sum + channel.threads.length, 0),
  };
}
