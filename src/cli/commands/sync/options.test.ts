import { expect, test } from 'vitest';
import { readRate, requireFit } from './options.ts';

test('the files of a run are not the same', () => {
  const message = '--failed, --report and --metrics write a file each';
  expect(() => requireFit({ failed: 'out', report: ['./out'] })).toThrow(message);
  expect(() => requireFit({ failed: 'out', metrics: './out' })).toThrow(message);
  expect(() => requireFit({ report: ['a.html', './a.html'] })).toThrow(message);
  requireFit({ failed: 'failed.txt', report: ['report.json', 'report.html'] });
});

test('a rate is bytes per second, with or without /s', () => {
  expect(readRate('500KiB')).toBe(512_000);
  expect(readRate('10MiB/s')).toBe(10 * 2 ** 20);
  for (const text of ['10', '10MB', '0MiB', '1.5MiB', '10MiB/s/s', '10MiB/h'])
    expect(() => readRate(text)).toThrow(`not "${text}"`);
});
