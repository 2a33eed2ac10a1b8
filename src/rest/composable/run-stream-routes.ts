import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { RunStreamEvent } from '../../engine/run-stream.ts';
import { NotFoundError } from '../../errors.ts';
import type { EventStreamBody } from '../../event-stream/event-stream.ts';
import { followRun } from '../../resolvers/run.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { RestDependencies } from '../dependencies.ts';
import { problems } from './field.ts';
import { contextOf, readHeader } from './request-context.ts';
import { convertExecutedRun } from './run-shape.ts';
import { requireRun, viewRun } from './run-view.ts';

/** Stands behind the id of the end where the result is sent, which comes before it. */
const resultSuffix = ':result';

const description = `Server-sent events, always with status 200 for a run that exists. \`message\`: a piece of the answer, as a string in
JSON. \`chunk\`: once, the result. \`close\`: the run as it ended, always the last. Each has an id; \`Last-Event-ID\` goes on behind it. The
first reader of a created run starts it.`;

/** Runs as they are executed. */
export const runStreamRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server, { settings, streams }) => {
  const ends = createEndWriter(settings.runTtlSeconds);

  server.get(
    '/runs/:id/stream',
    {
      config: { takesAccessToken: true },
      // To ask for the headers of a stream would start its run.
      exposeHeadRoute: false,
      schema: {
        tags: ['Composable: runs'],
        summary: 'Follow a run',
        description,
        security: [{ key: [] }, { accessToken: [] }],
        params: z.object({ id: z.string() }),
        querystring: z.object({ access_token: z.string().optional() }),
        headers: z.object({ 'last-event-id': z.string().optional() }),
        response: {
          200: {
            description: 'The events.',
            content: { 'text/event-stream': { schema: z.unknown().meta({ type: 'string' }) } },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const run = await requireRun(context, request.params.id);
      const place = readPlace(run.id, readHeader(request, 'last-event-id'));
      const events = await followRun(context, run.id, place.after);
      const write = (event: RunStreamEvent) => {
        if (event.type === 'closed') return ends.write(context, event, place);
        // Interactions have no parts, and so no progress.
        return event.type === 'chunk' ? writeChunk(event) : Buffer.alloc(0);
      };
      await streams.send(reply, head, createBody(run, events, write), context.principal.id);
      return reply;
    },
  );
};

const head = {
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform' },
};

/** Begins the answer at once, and says when to come back after a cut: in milliseconds. */
const opening = 'retry: 1000\n\n';

/** The events of a run as they are sent. */
function createBody(
  run: RunRecord,
  events: AsyncIterableIterator<RunStreamEvent>,
  write: (event: RunStreamEvent) => Buffer | Promise<Buffer>,
): EventStreamBody {
  let hasBegun = false;
  let isDeleted = false;
  return {
    async next() {
      if (!hasBegun) {
        hasBegun = true;
        return { value: opening };
      }
      try {
        const { done, value } = isDeleted ? { done: true, value: undefined } : await events.next();
        return done === true || value === undefined ? { done: true } : { value: await write(value) };
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
        isDeleted = true;
        return { value: writeDeletion(run, error) };
      }
    },
    return: async () => events.return?.(),
  };
}

/** Where a reader goes on. */
interface Place {
  readonly after: string | null;
  /** Whether the reader has the result already. */
  readonly hasResult: boolean;
}

/** What is no id of an event of this run is as none: an error would have the reader ask for ever. */
function readPlace(run: string, lastEventId: string | undefined): Place {
  const hasResult = lastEventId?.endsWith(resultSuffix) === true;
  const id = hasResult ? lastEventId?.slice(0, -resultSuffix.length) : lastEventId;
  const isOurs = id !== undefined && /^\d{1,9}:\d{1,9}$/.test(id.slice(run.length + 1)) && id.startsWith(`${run}:`);
  return isOurs ? { after: id, hasResult } : { after: null, hasResult: false };
}

/** One writing of an event serves all of its readers, who get the same object. */
const writtenChunks = new WeakMap<RunStreamEvent, Buffer>();

function writeChunk(event: RunStreamEvent & { type: 'chunk' }): Buffer {
  const bytes = writtenChunks.get(event) ?? formatEvent('message', event.id, event.text);
  writtenChunks.set(event, bytes);
  return bytes;
}

interface WrittenEnd {
  readonly result: Buffer;
  readonly close: Buffer;
}

function createEndWriter(ttlSeconds: number) {
  const written = new WeakMap<RunRecord, Promise<WrittenEnd>>();
  const writeEnd = async (context: Context, { id, run }: RunStreamEvent & { type: 'closed' }): Promise<WrittenEnd> => {
    const view = await viewRun(context, run, { ttlSeconds, isTyped: false });
    const { result } = view.payloads;
    return {
      result: result === null ? Buffer.alloc(0) : formatEvent('chunk', id + resultSuffix, result),
      close: formatEvent('close', id, convertExecutedRun(view)),
    };
  };
  return {
    /** The result, unless the reader has it, and the run. */
    async write(context: Context, event: RunStreamEvent & { type: 'closed' }, place: Place): Promise<Buffer> {
      const pending = written.get(event.run) ?? writeEnd(context, event);
      written.set(event.run, pending);
      const { result, close } = await pending;
      const hasResult = place.hasResult || place.after === event.id;
      return hasResult ? close : Buffer.concat([result, close]);
    },
  };
}

/** A run that is deleted has no end of its own; without one, readers would ask for it for ever. */
function writeDeletion({ id, epoch }: RunRecord, { message }: NotFoundError): Buffer {
  const run = { id, status: 'failed', error: { code: 'deleted', message } };
  return formatEvent('close', `${id}:${epoch}:999999999`, run);
}

function formatEvent(name: string, id: string, data: unknown): Buffer {
  return Buffer.from(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}
