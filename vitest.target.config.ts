import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/target/*.test.ts'],
    // Each file uses as many processes at once as there are cores.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
