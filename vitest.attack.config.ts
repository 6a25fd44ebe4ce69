import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/attack/*.test.ts'],
    // Each file loads one server as heavily as it can.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
