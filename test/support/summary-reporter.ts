import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Ends a run with the tests that were skipped, each with its reason, and with the line `N passed, N failed` that scripts
 * read. A file that cannot be run, and an error outside of any test, count as failed.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length;

    const lines = tests.filter((test) => test.result().state === 'skipped').map(describeSkipped);
    if (lines.length > 0) lines.unshift('Skipped:');
    lines.push(`${count('passed')} passed, ${count('failed') + broken + unhandledErrors.length} failed`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}

function describeSkipped(test: TestCase): string {
  const result = test.result();
  const reason = (result.state === 'skipped' && result.note) || 'no reason given';
  return `  ${relative(process.cwd(), test.module.moduleId)}: ${test.fullName}: ${reason}`;
}
