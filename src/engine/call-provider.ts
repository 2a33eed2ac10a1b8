import type { TokenUse } from '../domain.ts';
import type { FinishReason } from '../providers/provider.ts';
import type { RunError } from '../store/run-record.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { withDeadlines } from './deadline.ts';
import { estimateTokenUse } from './estimate-token-use.ts';
import type { Execution, ModelRequest } from './execution.ts';
import { beginCallSpan } from './trace-call.ts';

/** One call of the provider, which is on the ledger however it ends. */
export async function callProvider(
  { environment, model, messages, settings, resultSchema }: ModelRequest,
  execution: Execution,
  onText?: (text: string) => void,
): Promise<string> {
  const { run, connector, deadlines, metrics, spending, signal, ledger } = execution;
  const { provider, connection } = connector.connect(environment);
  const bill = await spending.open({ project: run.project, principal: run.source.principalId }, signal);
  const span = beginCallSpan(provider, connection, { model, settings, resultSchema });
  const startedAt = new Date();
  const start = performance.now();
  let text = '';
  let tokenUse: TokenUse | null = null;
  let finishReason: FinishReason | null = null;
  const record = async (error: RunError | null) => {
    const attempt = {
      provider: provider.kind,
      environment: environment.id,
      model,
      startedAt,
      executionTimeMs: Math.round(performance.now() - start),
      tokenUse,
      cost: bill.price(model, tokenUse),
      error,
    };
    ledger.attempts.push(attempt);
    await bill.charge(attempt);
  };
  try {
    const request = { model, messages, settings, resultSchema };
    const open = (either: AbortSignal) => span.within(() => provider.generate(request, connection, either));
    for await (const event of withDeadlines(open, { ...deadlines, ...environment.policy }, signal)) {
      if (event.type === 'text') {
        if (text === '') metrics.firstChunkCame(provider.kind, performance.now() - start);
        text += event.text;
        onText?.(event.text);
      } else {
        tokenUse = event.tokenUse ?? tokenUse;
        if (event.type === 'finish') {
          finishReason = event.reason;
          for (const warning of event.warnings) ledger.warnings.add(warning);
          if (event.reason === 'length') ledger.warnings.add('The answer was cut at the limit of tokens.');
          if (event.reason === 'content_filter') {
            ledger.warnings.add("The answer was cut by the provider's content filter.");
          }
        }
      }
    }
  } catch (error) {
    if (text !== '' && finishReason === null) {
      tokenUse = estimateTokenUse(messages, text, tokenUse);
      ledger.warnings.add('The tokens of an answer that broke off are estimated.');
    }
    span.end({ tokenUse, finishReason, error });
    await record(convertToRunError(error));
    throw error;
  }
  span.end({ tokenUse, finishReason, error: null });
  await record(null);
  return text;
}
