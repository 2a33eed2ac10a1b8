import type { Authenticator, Identity } from './authentication.ts';
import type { Engine } from './engine/engine.ts';
import type { RunFeed } from './engine/run-feed.ts';
import type { TextExtractor } from './extraction/text-extractor.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { Outbound } from './providers/outbound.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { ProjectStore, Store } from './store/store.ts';
import type { TenancyStore } from './store/tenancy.ts';

/** What a request is served with, whichever API it came by. */
export interface Context extends Identity {
  /** The project's part of the database; for a public key, of the runs only its own; for a deployment's key, only that and its runs. */
  readonly store: ProjectStore;
  readonly tenancy: TenancyStore;
  readonly loaders: Loaders;
  readonly engine: Engine;
  readonly runFeed: RunFeed;
  readonly extractor: TextExtractor;
  readonly outbound: Outbound;
  readonly authenticator: Authenticator;
  readonly rateLimiter: RateLimiter;
  readonly clientIp: string | null;
  /** Through how many gateways the request came: zero of a client's own. */
  readonly hops: number;
  /** Aborts when the caller leaves before the answer. */
  readonly signal: AbortSignal;
  /** The most items that a page may have. */
  readonly pageMax: number;
}

export interface ContextDependencies {
  readonly store: Store;
  readonly engine: Engine;
  readonly runFeed: RunFeed;
  readonly extractor: TextExtractor;
  readonly outbound: Outbound;
  readonly authenticator: Authenticator;
  readonly rateLimiter: RateLimiter;
  readonly pageMax: number;
}

/** A fresh context for one request. */
export function createContext(
  { store, engine, runFeed, extractor, outbound, authenticator, rateLimiter, pageMax }: ContextDependencies,
  { principal, project, expiresAt }: Identity,
  { clientIp, signal, hops = 0 }: Pick<Context, 'clientIp' | 'signal'> & { readonly hops?: number },
): Context {
  const { deployment } = principal;
  const options = {
    ...(principal.kind === 'public' && { runsOf: principal.id }),
    ...(deployment !== null && { deployment }),
  };
  const projectStore = store.forProject(project.id, options);
  const loaders = createLoaders(projectStore, store.tenancy);
  return {
    principal,
    project,
    expiresAt,
    store: projectStore,
    tenancy: store.tenancy,
    loaders,
    engine,
    runFeed,
    extractor,
    outbound,
    authenticator,
    rateLimiter,
    clientIp,
    hops,
    signal,
    pageMax,
  };
}

/** The same context with fresh loaders: for the next event of a subscription, whose loaders would else answer from the past. */
export function renewLoaders<T extends Context>(context: T): T {
  return { ...context, loaders: createLoaders(context.store, context.tenancy) };
}
