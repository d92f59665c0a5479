/** @import { WireUpdate } from '../src/adapters/web/wire.ts' */
import * as api from './api.js';

/** Between two questions where nothing can be listened to, and before listening is tried again. */
const ASK_MS = 3000;
/** A tab that nobody sees asks now and then: a browser opens only six connections to one address. */
const HIDDEN_MS = 5000;

/**
 * Tells everything that is new, from now on: by listening while the page is seen, by asking otherwise. After a
 * break it goes on where it was.
 *
 * @param {(update: WireUpdate) => void} take
 * @param {(isConnected: boolean) => void} connected
 * @param {(error: api.Refusal) => void} refused - the studio does not know this tab any longer.
 */
export async function follow(take, connected, refused) {
  let revision = 0;
  let isFirst = true;
  /** @param {WireUpdate} update */
  const taken = (update) => {
    revision = Math.max(revision, update.revision);
    take(update);
    connected(true);
  };
  for (;;) {
    try {
      if (document.hidden || isFirst) taken(await api.updates(revision));
      else await listen(revision, taken);
      isFirst = false;
    } catch (error) {
      if (error instanceof api.Refusal && error.code === 'unknown-user') {
        refused(error);
        return;
      }
      const isBusy = error instanceof api.Refusal && error.code === 'over-limit';
      if (isBusy) await api.updates(revision).then(taken, () => connected(false));
      else connected(false);
      await sleep(ASK_MS);
    }
    if (document.hidden) await Promise.race([sleep(HIDDEN_MS), seen()]);
  }
}

/**
 * Listens until the page is hidden or the connection breaks.
 *
 * @param {number} revision
 * @param {(update: WireUpdate) => void} taken
 */
async function listen(revision, taken) {
  const stop = new AbortController();
  const onHidden = () => document.hidden && stop.abort();
  document.addEventListener('visibilitychange', onHidden);
  try {
    const response = await fetch('api/updates', {
      headers: { ...api.passHeader(), accept: 'text/event-stream', 'last-event-id': String(revision) },
      signal: stop.signal,
    });
    if (!response.ok || !response.body) throw new api.Refusal(await response.json());
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let waiting = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      waiting += value;
      const events = waiting.split('\n\n');
      waiting = events.pop() ?? '';
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data) taken(JSON.parse(data.slice('data: '.length)));
      }
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    document.removeEventListener('visibilitychange', onHidden);
  }
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const seen = () =>
  new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
