import type { ContentRecord, FolderRecord, TagRecord } from '../store/content.ts';
import type { DeploymentRecord } from '../store/deployment.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { FlowRecord } from '../store/flow.ts';
import type { InteractionRecord } from '../store/interaction.ts';
import type { PromptRecord } from '../store/prompt.ts';
import type { RunFilter } from '../store/run-filter.ts';
import type { RunRecord } from '../store/run-record.ts';
import { builder } from './builder.ts';
import { type Connection, defineConnection } from './connection.ts';

// The types that refer to each other: named here, described each in its own file.

export const Environment = builder.objectRef<EnvironmentRecord>('Environment');
export const Prompt = builder.objectRef<PromptRecord>('Prompt');
export const Interaction = builder.objectRef<InteractionRecord>('Interaction');
export const Flow = builder.objectRef<FlowRecord>('Flow');
export const Deployment = builder.objectRef<DeploymentRecord>('Deployment');
export const Folder = builder.objectRef<FolderRecord>('Folder');
export const Tag = builder.objectRef<TagRecord>('Tag');
export const Content = builder.objectRef<ContentRecord>('Content');
/** The type of a run. */
export const runTypeNames = {
  interaction: 'InteractionRun',
  flow: 'FlowRun',
  deployment: 'DeploymentRun',
} as const satisfies Record<RunRecord['kind'], string>;
export const Run = builder.interfaceRef<RunRecord>('Run');

/** A page of runs, with what its facets need. */
export interface RunConnectionShape extends Connection<RunRecord> {
  readonly filter: RunFilter;
}

export const RunConnection = defineConnection<RunRecord, RunConnectionShape>('Run', Run);
export const InteractionConnection = defineConnection('Interaction', Interaction);
export const PromptConnection = defineConnection('Prompt', Prompt);
export const FlowConnection = defineConnection('Flow', Flow);
export const DeploymentConnection = defineConnection('Deployment', Deployment);
export const ContentConnection = defineConnection('Content', Content);
