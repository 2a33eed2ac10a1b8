import {
  describeFileRun,
  type FileRunView,
  findDeploymentOfRun,
  listFileRuns,
  readFilePayload,
} from '../resolvers/file-run.ts';
import { runFiles } from '../resolvers/run-files.ts';
import type { RunRecord } from '../store/run-record.ts';
import { builder } from './builder.ts';
import { executionCost } from './cost.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { Deployment, Run } from './refs.ts';
import { RunErrorType, TokenUseType } from './run.ts';
import { RunStatusType } from './run-filter.ts';

const FileRun = builder.objectRef<FileRunView>('FileRun').implement({
  description: 'One file of an execution of a deployment.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id, which progress in the stream of the run names too.' }),
    name: t.exposeString('name', { description: 'What its sender called it.' }),
    type: t.exposeString('type', { nullable: true, description: 'The media type, as the bytes say it.' }),
    size: t.exposeInt('size', { description: 'Its bytes.' }),
    sha256: t.exposeString('sha256', { description: 'The SHA-256 of its bytes, hexadecimal.' }),
    status: t.expose('status', { type: RunStatusType, description: 'Where it stands.' }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What was found in it: an object with a value a key.',
      resolve: async (file, _args, context) => (await readFilePayload(context, file)).result,
    }),
    error: t.expose('error', { type: RunErrorType, nullable: true, description: 'Why it failed.' }),
    pages: t.exposeInt('pages', { nullable: true, description: 'How many pages, sheets or slides it has.' }),
    fromHistory: t.boolean({
      description: 'Whether it was answered by an earlier execution with the same bytes.',
      resolve: ({ origin }) => origin !== null,
    }),
    extractedText: t.field({
      type: 'String',
      nullable: true,
      description: 'What it says.',
      resolve: async (file, _args, context) => (await readFilePayload(context, file)).extractedText,
    }),
    tokenUse: t.expose('tokenUse', { type: TokenUseType, nullable: true, description: 'The tokens of its calls.' }),
    executionTimeMs: t.exposeInt('executionTimeMs', {
      nullable: true,
      description: 'How long it took, in milliseconds.',
    }),
    metadata: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'How it was processed: by which version, and from which pages each answer came.',
      resolve: (file) => describeFileRun(file),
    }),
  }),
});

const DeploymentRun = builder.objectRef<RunRecord>('DeploymentRun').implement({
  description: 'An execution of a deployment on files.',
  interfaces: [Run, Node],
  fields: (t) => ({
    deployment: t.field({
      type: Deployment,
      nullable: true,
      description: 'What was executed; null where it was deleted since.',
      resolve: (run, _args, context) => findDeploymentOfRun(context, run),
    }),
    executionId: t.id({
      description: "A UUID: its name for Unstract's clients.",
      resolve: ({ executionId, id }) => executionId ?? id,
    }),
    files: t.field({
      type: [FileRun],
      description: 'Its files, in the order in which they were sent.',
      resolve: (run, _args, context) => listFileRuns(context, run),
    }),
  }),
});

const RunFilesInput = builder.inputType('RunFilesInput', {
  description: 'What to process: exactly one of deploymentId, and organization with name; at least one file or URL.',
  fields: (t) => ({
    deploymentId: t.id({ description: "The deployment's id." }),
    organization: t.string({ description: "The project's slug." }),
    name: t.string({ description: "The deployment's API name." }),
    files: t.field({ type: ['File'], description: 'Files, uploaded with the operation.' }),
    presignedUrls: t.stringList({
      description: 'Addresses that give a file each: https, fetched before the answer.',
    }),
    timeout: t.int({
      defaultValue: 0,
      description: 'How many seconds to wait for the end, at most 300; 0 and -1: it goes on in the background at once.',
    }),
    includeMetadata: t.boolean({
      defaultValue: false,
      description: "Whether answers to Unstract's clients have the metadata of each file.",
    }),
    includeMetrics: t.boolean({
      defaultValue: false,
      description: "Whether answers to Unstract's clients have the times of each file.",
    }),
    includeExtractedText: t.boolean({
      defaultValue: false,
      description: "Whether answers to Unstract's clients have the text of each file.",
    }),
    useFileHistory: t.boolean({
      defaultValue: false,
      description: 'Whether a file that the same version has processed before gets the same answer, without a model.',
    }),
    customData: t.field({
      type: 'JSONObject',
      description: 'Data that is kept with the run, and given to the prompts of an interaction.',
    }),
    tags: t.stringList({ description: 'Tags of the run.' }),
    webhookUrl: t.string({ description: "Who is told when it ends, instead of the deployment's." }),
    idempotencyKey: t.string({
      description:
        'Makes it happen once: within 24 hours the same key, input and files are answered with the same run; others are a ConflictError.',
    }),
  }),
});

builder.mutationFields((t) => ({
  runFiles: t.field({
    type: DeploymentRun,
    errors: resultOrErrors,
    description:
      'Has a deployment process files. What was accepted is completed, whatever becomes of the process; runStream tells of each file.',
    complexity: executionCost,
    args: { input: t.arg({ type: RunFilesInput, required: true, description: 'What to process.' }) },
    resolve: (_root, { input }, context) => runFiles(context, input),
  }),
}));
