import type { GenerateEvent } from '../provider.ts';

type FinishReason = Extract<GenerateEvent, { type: 'finish' }>['reason'];

/** OpenAI's `finish_reason` in our words. */
export function mapFinishReason(reason: string | null | undefined): FinishReason {
  switch (reason) {
    case 'stop':
    case 'length':
    case 'content_filter':
      return reason;
    default:
      return 'other';
  }
}
