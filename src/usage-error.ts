/** A command line that says something it cannot mean. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
