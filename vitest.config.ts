import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Node's own type stripping runs the sources, as in production; forks keep worker threads and signals real.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
