import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BodyQueue, type QueuedBody } from './body-queue.ts';

const mebibyte = 1024 * 1024;

/** Taker only notes what happens to it. */
class Taker implements QueuedBody {
  state: 'waiting' | 'begun' | 'evicted' = 'waiting';
  size = 0;
  readonly claim: number;
  readonly isAwaited: boolean;
  readonly #turns: BodyQueue;

  constructor(turns: BodyQueue, claim: number, isAwaited = false) {
    this.claim = claim;
    this.isAwaited = isAwaited;
    this.#turns = turns;
    turns.add(this);
  }

  begin(): void {
    this.state = 'begun';
  }

  evict(): void {
    this.state = 'evicted';
    this.#turns.leave(this);
  }
}

function count(takers: readonly Taker[]): Record<string, number> {
  const counts = { begun: 0, waiting: 0, evicted: 0 };
  for (const { state } of takers) counts[state]++;
  return counts;
}

// The clock can go on without processor time.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('turns', () => {
  test('of thirty of the largest two begin, fourteen wait, and the rest is refused at once', () => {
    const turns = new BodyQueue();
    const takers = Array.from({ length: 30 }, () => new Taker(turns, 16.8e6));
    expect(count(takers)).toEqual({ begun: 2, waiting: 14, evicted: 14 });
    // The first to arrive stay.
    expect(takers.slice(16).every(({ state }) => state === 'evicted')).toBe(true);
    for (const taker of takers.slice(0, 16)) turns.leave(taker);
  });

  test('what leaves makes room for what waits, in the order in which it came', () => {
    const turns = new BodyQueue();
    const takers = Array.from({ length: 5 }, () => new Taker(turns, 16.8e6));
    for (let index = 0; index < 3; index++) {
      expect(takers[index + 2]?.state).toBe('waiting');
      turns.leave(takers[index] as Taker);
      expect(takers[index + 2]?.state).toBe('begun');
    }
  });

  test('many that are smaller begin together', () => {
    const turns = new BodyQueue();
    const takers = Array.from({ length: 40 }, () => new Taker(turns, mebibyte));
    expect(count(takers)).toEqual({ begun: 36, waiting: 4, evicted: 0 });
  });

  test('the smallest goes first, and the largest is refused first', () => {
    const turns = new BodyQueue();
    const first = new Taker(turns, 32 * mebibyte);
    const large = Array.from({ length: 14 }, () => new Taker(turns, 20 * mebibyte));
    const small = new Taker(turns, 5 * mebibyte);
    expect([first.state, small.state]).toEqual(['begun', 'waiting']);
    expect(large.at(-1)?.state).toBe('evicted');
    turns.leave(first);
    expect([small.state, large[0]?.state, large[1]?.state]).toEqual(['begun', 'begun', 'waiting']);
  });

  test('one that claims more than there is room begins when it is alone', () => {
    const turns = new BodyQueue();
    const small = new Taker(turns, mebibyte);
    const huge = new Taker(turns, 100 * mebibyte);
    expect(huge.state).toBe('waiting');
    turns.leave(small);
    expect(huge.state).toBe('begun');
  });

  test('one that brings nothing is evicted if another waits, and only then', () => {
    const turns = new BodyQueue();
    const stalled = [1, 2].map(() => new Taker(turns, 16.8e6, true));
    vi.advanceTimersByTime(60_000);
    expect(count(stalled)).toEqual({ begun: 2, waiting: 0, evicted: 0 });
    const next = new Taker(turns, 16.8e6);
    vi.advanceTimersByTime(1_000);
    expect(next.state).toBe('waiting');
    vi.advanceTimersByTime(100);
    expect(next.state).toBe('begun');
    // One place was enough.
    expect(count(stalled)).toEqual({ begun: 1, waiting: 0, evicted: 1 });
  });

  test('one that brings little all the time is evicted later', () => {
    const turns = new BodyQueue();
    const [trickling, stalled] = [1, 2].map(() => new Taker(turns, 16.8e6, true)) as [Taker, Taker];
    setInterval(() => trickling.size++, 10);
    const [first, second] = [1, 2].map(() => new Taker(turns, 16.8e6)) as [Taker, Taker];
    vi.advanceTimersByTime(1_100);
    expect([first.state, second.state]).toEqual(['begun', 'waiting']);
    expect([trickling.state, stalled.state]).toEqual(['begun', 'evicted']);
    vi.advanceTimersByTime(1_900);
    expect(trickling.state).toBe('begun');
    vi.advanceTimersByTime(200);
    expect([trickling.state, second.state]).toEqual(['evicted', 'begun']);
  });

  test('those that have arrived keep their turn, however many wait', () => {
    const turns = new BodyQueue();
    const takers = Array.from({ length: 16 }, () => new Taker(turns, 16.8e6, false));
    vi.advanceTimersByTime(60_000);
    expect(count(takers)).toEqual({ begun: 2, waiting: 14, evicted: 0 });
  });
});
