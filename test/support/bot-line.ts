import { ImpastoError } from '../../src/nst/errors.ts';
import type { EventSink, FakeApi, FakeEvent } from './fake-platform.ts';

/** What goes over the line between a bot's process and the platform in the test's. */
export type LineMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'stop' }
  | { readonly type: 'event'; readonly event: FakeEvent }
  | { readonly type: 'handled'; readonly eventId: string; readonly error?: string }
  | { readonly type: 'call'; readonly call: number; readonly method: keyof FakeApi; readonly args: unknown[] }
  | {
      readonly type: 'answer';
      readonly call: number;
      readonly result?: unknown;
      readonly error?: PlainError;
    };

export interface PlainError {
  readonly code: ConstructorParameters<typeof ImpastoError>[0];
  readonly message: string;
  readonly advice: string;
}

/** The bot's end of the line: calls go to the platform in the test's process, events come from there. */
export class BotLine implements FakeApi {
  readonly minEditIntervalMs = 20;
  readonly uploadBytes = 8_000_000;
  readonly #calls = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  #next = 1;

  connect(sink: EventSink): void {
    process.on('message', (message: LineMessage) => {
      if (message.type !== 'event') return;
      const eventId = message.event.id;
      sink(message.event).then(
        () => send({ type: 'handled', eventId }),
        (error) => send({ type: 'handled', eventId, error: String(error) }),
      );
    });
  }

  constructor() {
    process.on('message', (message: LineMessage) => {
      if (message.type !== 'answer') return;
      const call = this.#calls.get(message.call);
      this.#calls.delete(message.call);
      const { error, result } = message;
      if (error) call?.reject(new ImpastoError(error.code, error.message, { advice: error.advice }));
      else call?.resolve(result as never);
    });
  }

  openThread: FakeApi['openThread'] = (...args) => this.#call('openThread', args);
  post: FakeApi['post'] = (...args) => this.#call('post', args);
  edit: FakeApi['edit'] = (...args) => this.#call('edit', args);
  remove: FakeApi['remove'] = (...args) => this.#call('remove', args);
  reply: FakeApi['reply'] = (...args) => this.#call('reply', args);

  #call<Result>(method: keyof FakeApi, args: unknown[]): Promise<Result> {
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      send({ type: 'call', call, method, args });
    });
  }
}

function send(message: LineMessage): void {
  process.send?.(message);
}
