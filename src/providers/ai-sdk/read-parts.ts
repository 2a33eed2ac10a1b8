import {
  JSONParseError,
  type LanguageModelV4FinishReason,
  type LanguageModelV4StreamPart,
  type LanguageModelV4Usage,
  type SharedV4Warning,
  TypeValidationError,
} from '@ai-sdk/provider';
import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import type { FinishReason, GenerateEvent, TokenUse } from '../provider.ts';
import { mapProblem, redactProblem } from '../upstream-problem.ts';

export interface ReadPartsOptions {
  readonly vendor: string;
  readonly warnings: readonly string[];
  readonly secrets: readonly string[];
  /** The tokens that a chunk of the vendor's own counts; null where it counts none. */
  readonly readUsage: (chunk: unknown) => TokenUse | null;
}

/** What the AI SDK makes of an error that a vendor reports within a stream. */
const reported = z.object({
  message: z.string(),
  type: z.string().optional().catch(undefined),
  statusCode: z.number().optional().catch(undefined),
});

/**
 * The events of an answer that the AI SDK reads. Throws a RunFailure for an error that comes within it, and for an end before
 * the answer is complete, which is one without the vendor's own finish reason.
 */
export async function* readParts(
  parts: ReadableStream<LanguageModelV4StreamPart>,
  { vendor, warnings, secrets, readUsage }: ReadPartsOptions,
): AsyncGenerator<GenerateEvent> {
  const ours = [...warnings];
  for await (const part of parts) {
    switch (part.type) {
      case 'stream-start':
        ours.push(...part.warnings.map((warning) => describeWarning(vendor, warning)));
        break;
      case 'raw':
        yield { type: 'progress', tokenUse: readUsage(part.rawValue) };
        break;
      case 'text-delta':
        if (part.delta !== '') yield { type: 'text', text: part.delta };
        break;
      case 'error':
        throw mapSdkError(part.error, secrets);
      case 'finish':
        if (part.finishReason.raw === undefined) break;
        yield {
          type: 'finish',
          reason: mapFinishReason(part.finishReason),
          tokenUse: convertUsage(part.usage),
          warnings: ours,
        };
        return;
    }
  }
  throw new RunFailure('provider_error', "The provider's stream ended before the answer did", { isRetryable: true });
}

/** What the SDK throws or reports, as the failure of a run. What is a failure already stays it. */
export function mapSdkError(error: unknown, secrets: readonly string[]): RunFailure {
  if (error instanceof RunFailure) return error;
  // Without the cause or the message, which quote the other side.
  if (JSONParseError.isInstance(error) || TypeValidationError.isInstance(error)) {
    return new RunFailure('provider_error', "The provider's stream has a part that cannot be read");
  }
  const { data } = reported.safeParse(error);
  if (data?.statusCode === undefined && data?.type === undefined) {
    return new RunFailure('provider_error', 'The request could not be sent, or its answer not be read');
  }
  const { message, type, statusCode } = data;
  return mapProblem(redactProblem({ status: statusCode ?? null, message, code: type ?? null }, secrets));
}

function mapFinishReason({ unified }: LanguageModelV4FinishReason): FinishReason {
  switch (unified) {
    case 'stop':
    case 'length':
      return unified;
    case 'content-filter':
      return 'content_filter';
    default:
      return 'other';
  }
}

function convertUsage({ inputTokens, outputTokens }: LanguageModelV4Usage): TokenUse | null {
  if (inputTokens.total === undefined || outputTokens.total === undefined) return null;
  const { total: prompt } = inputTokens;
  const { total: result } = outputTokens;
  return { prompt, result, total: prompt + result };
}

function describeWarning(vendor: string, warning: SharedV4Warning): string {
  switch (warning.type) {
    case 'unsupported':
      if (warning.details === undefined) return `${vendor} has no setting ${warning.feature}; it was left out.`;
      return `${vendor} changed a setting: ${endSentence(warning.details)}`;
    case 'compatibility':
      return `${vendor} changed a setting: ${endSentence(warning.details ?? warning.feature)}`;
    case 'deprecated':
      return `${vendor} will drop the setting ${warning.setting}: ${endSentence(warning.message)}`;
    case 'other':
      return `${vendor} says: ${endSentence(warning.message)}`;
  }
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
