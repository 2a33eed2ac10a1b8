import DataLoader from 'dataloader';
import type { CurrentUsage } from './store/budget.ts';
import { countContentsBy } from './store/content.ts';
import type { ProjectStore } from './store/store.ts';
import type { TenancyStore } from './store/tenancy.ts';

/** Lookups by id that are asked for in one tick are one query; null is what is not there. */
const makers = {
  account: ({ tenancy }: Source) => createLoader((ids) => tenancy.findAccountsByIds(ids)),
  content: ({ store }: Source) => createLoader((ids) => store.contents.findManyByIds(ids)),
  contentsCountOfFolder: ({ store }: Source) => createCounter((ids) => countContentsBy(store.contents, 'folder', ids)),
  contentsCountOfTag: ({ store }: Source) => createCounter((ids) => countContentsBy(store.contents, 'tags', ids)),
  environment: ({ store }: Source) => createLoader((ids) => store.environments.findManyByIds(ids)),
  deployment: ({ store }: Source) => createLoader((ids) => store.deployments.findManyByIds(ids)),
  fileRun: ({ store }: Source) => createLoader((ids) => store.fileRuns.findManyByIds(ids)),
  flow: ({ store }: Source) => createLoader((ids) => store.flows.findManyByIds(ids)),
  folder: ({ store }: Source) => createLoader((ids) => store.folders.findManyByIds(ids)),
  interaction: ({ store }: Source) => createLoader((ids) => store.interactions.findManyByIds(ids)),
  prompt: ({ store }: Source) => createLoader((ids) => store.prompts.findManyByIds(ids)),
  run: ({ store }: Source) => createLoader((ids) => store.runs.findManyByIds(ids)),
  tag: ({ store }: Source) => createLoader((ids) => store.tags.findManyByIds(ids)),
  /** What a project or a key used of its budget. */
  usage: ({ tenancy }: Source) => new DataLoader<string, CurrentUsage>((ids) => tenancy.usage.read(ids)),
};

/** Where they read. */
interface Source {
  readonly store: ProjectStore;
  readonly tenancy: TenancyStore;
}

export type Loaders = { readonly [Name in keyof typeof makers]: ReturnType<(typeof makers)[Name]> };

/** Makes a loader when it is first asked for: most requests need two, and streams hold what they have for long. */
const lazyLoaders = Object.defineProperties(
  {},
  Object.fromEntries(
    Object.entries(makers).map(([name, make]) => {
      function get(this: Source) {
        const value = make(this);
        Object.defineProperty(this, name, { value });
        return value;
      }
      return [name, { get }];
    }),
  ),
);

/** Fresh loaders: what they have read once they do not read again, so they live as long as one request. */
export function createLoaders(store: ProjectStore, tenancy: TenancyStore): Loaders {
  return Object.assign(Object.create(lazyLoaders), { store, tenancy });
}

function createCounter(
  countBy: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>,
): DataLoader<string, number> {
  return new DataLoader(async (ids) => {
    const counts = await countBy(ids);
    return ids.map((id) => counts.get(id) ?? 0);
  });
}

function createLoader<T extends { readonly id: string }>(
  findManyByIds: (ids: readonly string[]) => Promise<readonly T[]>,
): DataLoader<string, T | null> {
  return new DataLoader(async (ids) => {
    const byId = new Map((await findManyByIds(ids)).map((record) => [record.id, record]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
