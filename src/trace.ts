import { type Attributes, context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { GatewayError } from './errors.ts';

/** Spans of OpenTelemetry. They cost next to nothing and go nowhere unless `start-tracing.ts` was asked for traces. */

export type { Span } from '@opentelemetry/api';

export interface SpanDescription {
  readonly name: string;
  readonly kind: 'internal' | 'client';
  readonly attributes: Attributes;
}

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

/** Begins a span beneath the active one. Whoever begins it ends it. */
export function beginSpan({ name, kind, attributes }: SpanDescription): Span {
  return trace.getTracer('trivium').startSpan(name, { kind: kinds[kind], attributes });
}

/** Whether there is a span that others would lie beneath. */
export function isTraced(): boolean {
  return trace.getActiveSpan() !== undefined;
}

/** Does `work` in a span beneath the active one, which ends when the work does. */
export async function inSpan<T>(description: SpanDescription, work: (span: Span) => T | Promise<T>): Promise<T> {
  const span = beginSpan(description);
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** What is read of `source` lies beneath a span: what it asks for in between, too. */
export function inSpanContext<T>(span: Span, source: () => AsyncIterable<T>): AsyncIterable<T> {
  if (!span.isRecording()) return source();
  const within = trace.setSpan(context.active(), span);
  const iterator = context.with(within, source)[Symbol.asyncIterator]();
  const next = () => context.with(within, () => iterator.next());
  const leave = async (): Promise<IteratorResult<T>> =>
    (await context.with(within, () => iterator.return?.())) ?? { done: true, value: undefined };
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
}

/** Headers with those of W3C's Trace Context, which name the active span; the same ones where nothing is traced. */
export function withTraceHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (!isTraced()) return headers;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return { ...headers, ...carrier };
}

/** Marks a span as one of something that failed. What may be shown of an error is on it, and no more. */
export function failSpan(span: Span, error: unknown): void {
  const isKnown = error instanceof GatewayError;
  span.setAttribute('error.type', isKnown ? error.code : error instanceof Error ? error.name : '_OTHER');
  span.setStatus({ code: SpanStatusCode.ERROR, ...(isKnown && { message: error.message }) });
}
