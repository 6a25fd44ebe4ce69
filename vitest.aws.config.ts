import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/aws/*.test.ts'],
    globalSetup: ['test/aws/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
