import type { FastifyReply } from 'fastify';

/** Aborts when the connection closes before the answer is complete. */
export function createLeavingSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
