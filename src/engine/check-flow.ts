import type { ValidationIssue } from '../errors.ts';
import type { FlowInput, FlowStep } from '../store/flow.ts';
import type { PromptRecord } from '../store/prompt.ts';
import { listDeclared } from './input-schema.ts';
import { formatPointer } from './json-pointer.ts';
import { listReferences, type Reference } from './step-input.ts';
import { listVariables } from './template.ts';

/** What of a flow is checked. */
export interface CheckedFlow {
  readonly inputs: readonly FlowInput[];
  readonly steps: readonly FlowStep[];
}

/**
 * What is wrong with a flow, each with its place: references to what there is not, to later steps and in circles, and variables
 * that a prompt needs and nobody gives. `prompts` has those of the steps that exist.
 */
export function checkFlow(flow: CheckedFlow, prompts: ReadonlyMap<string, PromptRecord>): ValidationIssue[] {
  return [...checkNames(flow), ...checkReferences(flow), ...checkVariables(flow, prompts)];
}

/** Where the step with this name stands: its own, or `step1`, `step2`, …; -1 where there is none. */
export function findStepIndex(steps: readonly Pick<FlowStep, 'name'>[], name: string): number {
  const named = steps.findIndex((step) => step.name === name);
  if (named !== -1) return named;
  const number = Number(/^step([1-9]\d{0,3})$/.exec(name)?.[1] ?? 0);
  return number <= steps.length ? number - 1 : -1;
}

function checkNames({ inputs, steps }: CheckedFlow): ValidationIssue[] {
  const repeated = (names: readonly string[], what: string, list: string) =>
    names.flatMap((name, index) =>
      names.indexOf(name) < index
        ? [{ path: `/${list}/${index}/name`, message: `${name} is the name of another ${what} too` }]
        : [],
    );
  const misleading = steps.flatMap(({ name }, index) =>
    /^step[1-9]\d{0,3}$/.test(name) && name !== `step${index + 1}`
      ? [
          {
            path: `/steps/${index}/name`,
            message: `${name} means the step at that place; this one is step${index + 1}`,
          },
        ]
      : [],
  );
  return [
    ...repeated(
      inputs.map(({ name }) => name),
      'input',
      'inputs',
    ),
    ...repeated(
      steps.map(({ name }) => name),
      'step',
      'steps',
    ),
    ...misleading,
  ];
}

function checkReferences({ inputs, steps }: CheckedFlow): ValidationIssue[] {
  const lists = steps.map((step) => listReferences(step.inputs ?? {}));
  const targets = lists.map(({ references }) =>
    references.filter(({ kind }) => kind === 'steps').map(({ name }) => findStepIndex(steps, name)),
  );
  const judge = ({ kind, name }: Reference, index: number): string | null => {
    if (kind === 'inputs') {
      if (inputs.some((input) => input.name === name)) return null;
      const known = inputs.map((input) => input.name).join(', ') || 'none';
      return `there is no input ${name}; the flow's inputs are ${known}`;
    }
    const target = findStepIndex(steps, name);
    if (target === -1) return `there is no step ${name}; the steps are ${steps.map((step) => step.name).join(', ')}`;
    if (target < index) return null;
    const circle = findPath(targets, target, index);
    const words = circle?.map((member) => steps[member]?.name).join(' → ');
    return words === undefined
      ? `step ${name} comes later; a step may refer only to earlier ones`
      : `makes a circle: ${steps[index]?.name} → ${words}`;
  };
  return lists.flatMap(({ references, issues }, index) => [
    ...issues.map(({ path, message }) => ({ path: `/steps/${index}/inputs${path}`, message })),
    ...references.flatMap((reference) => {
      const message = judge(reference, index);
      return message === null ? [] : [{ path: `/steps/${index}/inputs${reference.path}`, message }];
    }),
  ]);
}

/** The way from one step to another along references; null where there is none. */
function findPath(targets: readonly (readonly number[])[], from: number, to: number): number[] | null {
  const paths = new Map([[from, [from]]]);
  // A map gives what is added while it is gone through, too.
  for (const [step, path] of paths) {
    if (step === to) return path;
    for (const next of targets[step] ?? []) {
      if (next !== -1 && !paths.has(next)) paths.set(next, [...path, next]);
    }
  }
  return null;
}

function checkVariables({ inputs, steps }: CheckedFlow, prompts: ReadonlyMap<string, PromptRecord>): ValidationIssue[] {
  return steps.flatMap((step, index) => {
    const prompt = prompts.get(step.prompt);
    if (prompt === undefined) return [];
    const given = new Set([...inputs.map(({ name }) => name), ...Object.keys(step.inputs ?? {})]);
    return listNeeded(prompt)
      .filter((name) => !given.has(name))
      .map((name) => ({
        path: formatPointer(['steps', String(index), 'inputs', name]),
        message: `is required by prompt ${prompt.name}: give it here, or declare an input of the flow with this name`,
      }));
  });
}

/** The variables that a prompt cannot be rendered without. */
function listNeeded({ contentType, content, inputSchema }: PromptRecord): string[] {
  const required: unknown = inputSchema?.required;
  const declared = new Set(listDeclared(inputSchema));
  const used = listVariables(contentType, content).filter((name) => !declared.has(name));
  const demanded = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  return [...new Set([...demanded, ...used])];
}
