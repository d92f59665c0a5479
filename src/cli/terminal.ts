import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import type { Progress } from '../nst/progress.ts';
import type { WeightsProgress } from '../nst/weights/store.ts';

/** A stream that output goes to; a terminal says so. */
export type Output = Writable & { readonly isTTY?: boolean };

/** A line that changes in place on a terminal. */
export interface Meter<Update> {
  show(update: Update): void;
  done(): void;
}

const BAR = 24;

/** A bar that is filled to a share in [0, 1]. */
export function bar(share: number): string {
  const full = Math.floor(BAR * Math.min(1, Math.max(0, share)));
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

/** Milliseconds as `m:ss`, or `s.s s` below a minute. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
}

/** Shows a painting's progress: a live bar on a terminal, a line each tenth and each level elsewhere. */
export function paintingMeter(output: Output): Meter<Progress> {
  return output.isTTY ? paintingBar(output) : paintingLines(output);
}

/** Shows a download of weights: a live bar on a terminal, a line a layer elsewhere. */
export function downloadMeter(output: Output): Meter<WeightsProgress> {
  return output.isTTY ? downloadBar(output) : downloadLines(output);
}

function downloadBar(output: Output): Meter<WeightsProgress> {
  const update = createLogUpdate(output);
  return {
    show: ({ layer, bytesDone, bytesTotal }) =>
      update(`${layer} ${bar(bytesDone / bytesTotal)} ${share(bytesDone, bytesTotal)}`),
    done: () => update.done(),
  };
}

function downloadLines(output: Output): Meter<WeightsProgress> {
  let last: string | undefined;
  return {
    show({ layer, bytesDone, bytesTotal }) {
      if (layer === last) return;
      last = layer;
      output.write(`Fetching ${layer} (${share(bytesDone, bytesTotal)} done)\n`);
    },
    done() {},
  };
}

function share(done: number, total: number): string {
  return `${Math.floor((100 * done) / total)} % of ${size(total)}`;
}

/** Bytes as kB or MB. */
export function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function paintingBar(output: Output): Meter<Progress> {
  const update = createLogUpdate(output);
  return {
    show: (progress) => update(`${bar(progress.iteration / progress.iterations)} ${describe(progress)}`),
    done: () => update.done(),
  };
}

function paintingLines(output: Output): Meter<Progress> {
  let lastLevel = 0;
  let lastTenth = 0;
  return {
    show(progress) {
      const tenth = Math.floor((10 * progress.iteration) / progress.iterations);
      if (progress.level === lastLevel && tenth === lastTenth) return;
      [lastLevel, lastTenth] = [progress.level, tenth];
      output.write(`${describe(progress)}\n`);
    },
    done() {},
  };
}

function describe(progress: Progress): string {
  const { iteration, iterations, level, levels, width, height, loss, evaluationMs, remainingMs } = progress;
  const percent = Math.floor((100 * iteration) / iterations);
  return [
    `${percent} %`,
    `${iteration}/${iterations}`,
    `level ${level}/${levels} ${width}×${height}`,
    `loss ${figure(loss.total)} (${Object.entries(loss.parts)
      .map(([name, value]) => `${name} ${figure(value)}`)
      .join(', ')})`,
    // A resumed painting has not measured an evaluation yet.
    ...(evaluationMs > 0 ? [`${(1000 / evaluationMs).toFixed(1)}/s`, `${duration(remainingMs)} left`] : []),
  ].join(' · ');
}

function figure(value: number): string {
  if (value === 0) return '0';
  return value >= 0.01 && value < 1000 ? value.toPrecision(3) : value.toExponential(2);
}
