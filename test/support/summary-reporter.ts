import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Ends a run with the tests that were skipped, each with its reason, and with the line `N passed, N failed` that scripts
 * read. A file or a group that could not be run counts as one failure, and so does an error outside of any test.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules
      .flatMap((module) => [module, ...module.children.allSuites()])
      .filter((group) => group.errors().length > 0).length;

    const lines = tests.flatMap(describeSkipped);
    if (lines.length > 0) lines.unshift('Skipped:');
    lines.push(`${count('passed')} passed, ${count('failed') + broken + unhandledErrors.length} failed`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}

function describeSkipped(test: TestCase): string[] {
  const result = test.result();
  // What was not run because something before it failed is reported there.
  if (result.state !== 'skipped' || (result.note === undefined && test.module.state() === 'failed')) return [];
  return [`  ${relative(process.cwd(), test.module.moduleId)}: ${test.fullName}: ${result.note ?? 'no reason given'}`];
}
