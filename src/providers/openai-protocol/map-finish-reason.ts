import type { FinishReason } from '../provider.ts';

/** A `finish_reason` in our words: OpenAI's, and what vendors on its protocol say beside them. */
export function mapFinishReason(reason: string | null | undefined): FinishReason {
  switch (reason) {
    case 'stop':
    case 'length':
    case 'content_filter':
      return reason;
    case 'eos':
    case 'eos_token':
    case 'stop_sequence':
      return 'stop';
    case 'model_length':
    case 'max_tokens':
      return 'length';
    default:
      return 'other';
  }
}
