import { describe, expect, it } from 'vitest';
import { fitText } from '../../src/bot/messages.ts';
import { beginning, counted, inWords, listed, meter, quoted, signed, stopwatch } from '../../src/bot/text.ts';

describe('words', () => {
  it.each([
    [0, 'under 5 s'],
    [4999, 'under 5 s'],
    [38_000, '40 s'],
    [120_000, 'about 2 min'],
    [121_000, 'about 3 min'],
    [7_200_000, 'about 2 h'],
  ])('tell %i ms as a waiting person reads it', (milliseconds, words) => {
    expect(inWords(milliseconds)).toBe(words);
  });

  it.each([
    [8000, '8 s'],
    [59_700, '1:00 min'],
    [70_000, '1:10 min'],
    [3_723_000, '1:02:03 h'],
  ])('tell %i ms as a stopwatch', (milliseconds, words) => {
    expect(stopwatch(milliseconds)).toBe(words);
  });

  it('list, sign and count', () => {
    expect(listed(['a', 'b', 'c'], 'or')).toBe('a, b or c');
    expect([signed(0.5), signed(-1), signed(0)]).toEqual(['+0.5', '−1', '0']);
    expect([counted(1, 'job'), counted(2, 'job')]).toEqual(['1 job', '2 jobs']);
    expect(meter(0.42)).toBe('▰▰▰▰▱▱▱▱▱▱');
  });

  it('begin without half of what is seen as one character', () => {
    expect(beginning('Ann 👩🏽‍🚀', 20)).toBe('Ann 👩🏽‍🚀');
    for (const most of [5, 6, 7, 8, 9, 10]) expect(beginning('Ann 👩🏽‍🚀', most)).toBe('Ann ');
    expect(quoted(`${'x'.repeat(58)}🎨🎨`)).toBe(`\`${'x'.repeat(58)}…\``);
  });

  it('show nothing in another order than it is written in', () => {
    const turning = ['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069', '\u206f'].join('');
    expect(fitText(`for ${turning}עדה${turning}, **ليلى**`)).toBe('for עדה, **ليلى**');
    expect(quoted(`photo${turning}gpj.exe`)).toBe('`photogpj.exe`');
  });

  it.each([
    ['a whole line', `${'x'.repeat(1000)}\n${'y'.repeat(800)}\n${'z'.repeat(500)}`, /y\n…$/],
    ['a whole word', `${'<user:123456789> '.repeat(200)}`, /<user:123456789> …$/],
    ['a whole reference', `${'<user:123456789>'.repeat(200)}`, /<user:123456789> …$/],
    ['a whole emoji', `x${'🎨'.repeat(1500)}`, /🎨 …$/u],
  ])('that are too many end with %s', (_, text, end) => {
    const fitted = fitText(text);
    expect(fitted).toMatch(end);
    expect(fitted.length).toBeLessThanOrEqual(1900);
    expect(fitted.length).toBeGreaterThan(1600);
    expect(fitted).not.toMatch(/\p{Surrogate}/u);
  });

  it('show a stranger’s text short and harmless', () => {
    expect(quoted('`@everyone`\n\u202etxt')).toBe('`@everyonetxt`');
    expect(quoted('x'.repeat(100))).toHaveLength(62);
    expect(quoted('')).toBe('` `');
  });
});
