/** Exit codes of the command line. */
export const EXIT = { failure: 1, badInput: 2, interrupted: 130, terminated: 143 } as const;

/** How this process is told to stop. */
export interface Interruption {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Adds what is done before a second one ends the process at once. */
  beforeEnd(action: () => void): void;
}

/** Listens for Ctrl-C and SIGTERM. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const actions: (() => void)[] = [];
  const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        controller.abort();
        return;
      }
      for (const action of actions) action();
      // Without a listener the signal itself ends the process: exit() would wait for native code that is under way. The
      // first process of a container, which no signal of its own can end, is left with exit().
      process.removeAllListeners(name);
      process.kill(process.pid, name);
      process.exit(codes[name]);
    });
  }
  return { signal: controller.signal, beforeEnd: (action) => void actions.push(action) };
}
