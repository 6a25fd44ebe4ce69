import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/kyverno/*.test.ts'],
    testTimeout: 300_000,
  },
});
