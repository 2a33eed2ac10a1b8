import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes of their own keep worker threads and signals as they are in production.
    pool: 'forks',
    // Node itself loads the sources, as in production. Vite would pick other files of a package than Node does for the
    // packages that import it, and two copies of graphql do not know each other's types.
    experimental: { viteModuleRunner: false },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // What is waited for takes its time on a machine that is busy.
    expect: { poll: { timeout: 15_000 } },
    reporters: [process.env.CI ? 'dot' : 'default', './test/support/summary-reporter.ts'],
    // A test that was left alone in its file would hide the others.
    allowOnly: false,
  },
});
