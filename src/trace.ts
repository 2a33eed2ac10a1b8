import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
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

/** Marks a span as one of something that failed. What may be shown of an error is on it, and no more. */
export function failSpan(span: Span, error: unknown): void {
  const isKnown = error instanceof GatewayError;
  span.setAttribute('error.type', isKnown ? error.code : error instanceof Error ? error.name : '_OTHER');
  span.setStatus({ code: SpanStatusCode.ERROR, ...(isKnown && { message: error.message }) });
}
