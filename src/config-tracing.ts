import { z } from 'zod';
import { readBaseUrl } from './config-value.ts';
import { describe, flag, text } from './config-variable.ts';

/** The part of the configuration that says whether and where traces go, by the standard variables of OpenTelemetry. */

const protocols = ['http/protobuf', 'http/json'] as const;
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const url = (description: string) =>
  describe(text(readBaseUrl).optional(), {
    description,
    allowed: 'an http or https URL without credentials, query and fragment',
    default: 'unset',
  });
const protocol = (description: string, standard: string) =>
  describe(z.enum(protocols).optional(), {
    description,
    allowed: '`http/protobuf` or `http/json`',
    default: standard,
  });

export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url(
    'The OpenTelemetry collector that gets traces, at `/v1/traces` of it. What else OTLP exporters read is read too: ' +
      '`OTEL_EXPORTER_OTLP_HEADERS`, `…_TIMEOUT`, `…_COMPRESSION`, `…_CERTIFICATE`.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url('The same, as the whole address.'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol('How traces are written.', '`http/protobuf`'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol('The same.', '`OTEL_EXPORTER_OTLP_PROTOCOL`'),
  OTEL_TRACES_EXPORTER: describe(z.enum(['otlp', 'none']).optional(), {
    description: 'Whether traces are sent: `otlp` without an endpoint sends them to `http://localhost:4318`.',
    allowed: '`otlp` or `none`',
    default: '`otlp` with an endpoint, else `none`',
  }),
  OTEL_SDK_DISABLED: describe(flag().default(false), {
    description: 'Whether no traces are sent whatever else is set.',
    allowed: '`true` or `false`',
  }),
  OTEL_SERVICE_NAME: describe(z.string().optional(), {
    description: 'What traces call this service.',
    allowed: 'any text',
    default: '`service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else `trivium`',
  }),
  OTEL_RESOURCE_ATTRIBUTES: describe(text(readAttributes).optional(), {
    description: 'What else traces say of this service.',
    allowed: 'a comma list of `key=value`, each percent-encoded',
    default: 'unset',
  }),
  OTEL_TRACES_SAMPLER: describe(z.enum(samplers).default('parentbased_always_on'), {
    description: 'Which traces are recorded.',
    allowed: samplers.map((name) => `\`${name}\``).join(', '),
  }),
  OTEL_TRACES_SAMPLER_ARG: describe(text(readRatio).default(1), {
    description: 'The part of the traces that the samplers with `traceidratio` record.',
    allowed: 'a number from 0 to 1',
  }),
};

const schema = z.object(tracingVariables);

/** What the rest of the program reads of it. */
export function deriveTracingConfig(values: z.output<typeof schema>) {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const whole = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const standard = base === undefined && whole === undefined ? 'none' : 'otlp';
  const isOff = values.OTEL_SDK_DISABLED || (values.OTEL_TRACES_EXPORTER ?? standard) === 'none';
  const attributes = values.OTEL_RESOURCE_ATTRIBUTES ?? {};
  const sampler = values.OTEL_TRACES_SAMPLER;
  return {
    /** Null: there are no traces. */
    tracing: isOff
      ? null
      : {
          url: whole ?? `${base ?? 'http://localhost:4318'}/v1/traces`,
          protocol: values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf',
          serviceName: values.OTEL_SERVICE_NAME ?? attributes['service.name'] ?? 'trivium',
          resourceAttributes: attributes,
          /** Whether a trace that began elsewhere is recorded as it is there. */
          followsParent: sampler.startsWith('parentbased_'),
          ratio: sampler.endsWith('off') ? 0 : sampler.endsWith('ratio') ? values.OTEL_TRACES_SAMPLER_ARG : 1,
        },
  };
}

function readAttributes(value: string): Record<string, string> | undefined {
  const pairs = value.split(',').filter((pair) => pair.trim() !== '');
  const entries = pairs.map((pair) => {
    const [, key = '', content = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    return [decode(key), decode(content)] as const;
  });
  return entries.every(([key, content]) => key && content !== undefined)
    ? Object.fromEntries(entries.map(([key, content]) => [key, content ?? '']))
    : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readRatio(value: string): number | undefined {
  const ratio = Number(value);
  return value.trim() !== '' && ratio >= 0 && ratio <= 1 ? ratio : undefined;
}
