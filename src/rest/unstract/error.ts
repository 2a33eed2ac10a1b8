import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  ConflictError,
  GatewayError,
  NotFoundError,
  RateLimitedError,
  RequestTooLargeError,
  ValidationError,
} from '../../errors.ts';

/** What every refusal of this API looks like. */
export const refusalSchema = z
  .object({
    type: z.enum(['validation_error', 'client_error', 'server_error']),
    errors: z.array(
      z.object({
        code: z.string(),
        detail: z.string().describe('What is wrong.'),
        attr: z.string().nullable().describe('The field that is wrong, where one is.'),
      }),
    ),
  })
  .meta({ id: 'UnstractError' });

export interface Fault {
  readonly code: string;
  readonly detail: string;
  readonly attr: string | null;
}

/** Refuses a request, in this API's words. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: z.output<typeof refusalSchema>['type'];
  readonly faults: readonly Fault[];

  constructor(status: number, type: Refusal['type'], faults: readonly Fault[]) {
    super(faults.map(({ detail }) => detail).join(' '));
    this.status = status;
    this.type = type;
    this.faults = faults;
  }
}

/** A refusal that names no field. */
export function refuse(status: number, detail: string, code = 'error'): Refusal {
  return new Refusal(status, status < 500 ? 'client_error' : 'server_error', [{ code, detail, attr: null }]);
}

/** Fields that are wrong. */
export function refuseFields(faults: readonly Fault[]): Refusal {
  return new Refusal(400, 'validation_error', faults);
}

/** Answers with whatever was thrown, in the shape of this API. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof RateLimitedError) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  const { status, type, faults } = error instanceof Refusal ? error : convertError(error);
  if (status === 500) request.log.error({ err: error }, 'A request failed for a reason of our own');
  return reply.status(status).send({ type, errors: faults });
}

function convertError(error: unknown): Refusal {
  if (error instanceof ValidationError) return convertIssues(error);
  if (error instanceof RequestTooLargeError && error.limit === 'fileCount') {
    const [count = '32'] = /\d+/.exec(error.message) ?? [];
    return refuseTooManyFiles(Number(count));
  }
  if (error instanceof NotFoundError) return refuse(404, 'API not found');
  if (error instanceof ConflictError) return refuse(error.status, error.message);
  if (error instanceof GatewayError) {
    const isForm = error.status === 400 && error.code === 'BAD_REQUEST';
    return isForm
      ? refuse(400, `Multipart form parse error - ${error.message}`, 'parse_error')
      : refuse(error.status, error.message);
  }
  if (isClientError(error)) return refuse(error.statusCode, error.message);
  return refuse(500, 'Something went wrong in the gateway');
}

function refuseTooManyFiles(maxFiles: number): Refusal {
  const detail = `You can upload a maximum of ${maxFiles} files in total.`;
  return refuseFields([{ code: 'error', detail, attr: 'files' }]);
}

/** What the resolver found wrong and the form did not show. */
function convertIssues({ issues }: ValidationError): Refusal {
  const [first] = issues;
  if (first?.path.startsWith('/files')) {
    const [maxFiles] = /(?<=at most )\d+/.exec(first.message) ?? [];
    return maxFiles === undefined ? refuse(400, "File shouldn't be empty") : refuseTooManyFiles(Number(maxFiles));
  }
  return refuseFields(issues.map(({ path, message }) => ({ code: 'invalid', detail: message, attr: nameField(path) })));
}

const fieldNames: Readonly<Record<string, string>> = {
  presignedUrls: 'presigned_urls',
  customData: 'custom_data',
  tags: 'tags',
  timeout: 'timeout',
};

function nameField(pointer: string): string | null {
  return fieldNames[pointer.split('/')[1] ?? ''] ?? null;
}

/** Fastify's own refusals: an address that is too long, say. */
function isClientError(error: unknown): error is Error & { statusCode: number } {
  return (
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500
  );
}
