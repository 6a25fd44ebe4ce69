import { expect, test } from 'vitest';
import { HeldMemory, type MemoryHolder } from './held-memory.ts';

class Holder implements MemoryHolder {
  isEvicted = false;
  readonly #memory: HeldMemory;

  constructor(memory: HeldMemory) {
    this.#memory = memory;
  }

  evict(): void {
    this.isEvicted = true;
    this.#memory.release(this);
  }
}

test('if all together hold too much, the oldest give way, as many as needed', () => {
  const memory = new HeldMemory(100);
  const holders = Array.from({ length: 5 }, () => new Holder(memory));
  const [first, second, third, fourth, fifth] = holders as [Holder, Holder, Holder, Holder, Holder];
  memory.hold(first, 40);
  memory.hold(second, 40);
  memory.hold(third, 20);
  expect(holders.map(({ isEvicted }) => isEvicted)).toEqual(Array(5).fill(false));
  // It grows and is still the second oldest.
  memory.hold(second, 60);
  expect([first.isEvicted, second.isEvicted]).toEqual([true, false]);
  memory.release(third);
  memory.release(third);
  memory.hold(fourth, 40);
  expect(second.isEvicted).toBe(false);
  // Alone it may hold more: something has to be admitted.
  memory.hold(fifth, 150);
  expect(holders.map(({ isEvicted }) => isEvicted)).toEqual([true, true, false, true, false]);
});
