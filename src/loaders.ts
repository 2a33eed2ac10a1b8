import DataLoader from 'dataloader';
import type { CurrentUsage } from './store/budget.ts';
import { type ContentRecord, countContentsBy, type FolderRecord, type TagRecord } from './store/content.ts';
import type { DeploymentRecord } from './store/deployment.ts';
import type { EnvironmentRecord } from './store/environment.ts';
import type { FileRunRecord } from './store/file-run.ts';
import type { FlowRecord } from './store/flow.ts';
import type { InteractionRecord } from './store/interaction.ts';
import type { PromptRecord } from './store/prompt.ts';
import type { RunRecord } from './store/run-record.ts';
import type { ProjectStore } from './store/store.ts';
import type { AccountRecord, TenancyStore } from './store/tenancy.ts';

/** Lookups by id that are asked for in one tick are one query; null is what is not there. */
export interface Loaders {
  readonly account: DataLoader<string, AccountRecord | null>;
  readonly content: DataLoader<string, ContentRecord | null>;
  readonly contentsCountOfFolder: DataLoader<string, number>;
  readonly contentsCountOfTag: DataLoader<string, number>;
  readonly environment: DataLoader<string, EnvironmentRecord | null>;
  readonly deployment: DataLoader<string, DeploymentRecord | null>;
  readonly fileRun: DataLoader<string, FileRunRecord | null>;
  readonly flow: DataLoader<string, FlowRecord | null>;
  readonly folder: DataLoader<string, FolderRecord | null>;
  readonly interaction: DataLoader<string, InteractionRecord | null>;
  readonly prompt: DataLoader<string, PromptRecord | null>;
  readonly run: DataLoader<string, RunRecord | null>;
  readonly tag: DataLoader<string, TagRecord | null>;
  /** What a project or a key used of its budget. */
  readonly usage: DataLoader<string, CurrentUsage>;
}

/** Fresh loaders: what they have read once they do not read again, so they live as long as one request. */
export function createLoaders(store: ProjectStore, tenancy: TenancyStore): Loaders {
  return {
    account: createLoader((ids) => tenancy.findAccountsByIds(ids)),
    content: createLoader((ids) => store.contents.findManyByIds(ids)),
    contentsCountOfFolder: createCounter((ids) => countContentsBy(store.contents, 'folder', ids)),
    contentsCountOfTag: createCounter((ids) => countContentsBy(store.contents, 'tags', ids)),
    environment: createLoader((ids) => store.environments.findManyByIds(ids)),
    deployment: createLoader((ids) => store.deployments.findManyByIds(ids)),
    fileRun: createLoader((ids) => store.fileRuns.findManyByIds(ids)),
    flow: createLoader((ids) => store.flows.findManyByIds(ids)),
    folder: createLoader((ids) => store.folders.findManyByIds(ids)),
    interaction: createLoader((ids) => store.interactions.findManyByIds(ids)),
    prompt: createLoader((ids) => store.prompts.findManyByIds(ids)),
    run: createLoader((ids) => store.runs.findManyByIds(ids)),
    tag: createLoader((ids) => store.tags.findManyByIds(ids)),
    usage: new DataLoader((ids) => tenancy.usage.read(ids)),
  };
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
