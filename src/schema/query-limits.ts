import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, getVariableValues } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { computeCost } from './cost.ts';
import { measureDocument, measureInput, measureText } from './measure-document.ts';

/** The most that an operation may be. */
export interface QueryLimits {
  readonly tokens: number;
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly operations: number;
  readonly inputDepth: number;
  readonly inputValues: number;
  readonly cost: number;
}

const nouns: Record<keyof QueryLimits, string> = {
  tokens: 'tokens',
  depth: 'levels of fields',
  fields: 'fields, those of fragments counted wherever they are spread',
  aliases: 'aliases',
  directives: 'directives',
  operations: 'operations',
  inputDepth: 'levels of lists and objects in its input',
  inputValues: 'values in its variables',
  cost: 'units of cost',
};

/**
 * Refuses operations that are too much, before anything runs: the text before it is parsed, the document before it is
 * validated, variables and cost before a resolver or a subscription's source begins. They hold on every road that parses,
 * validates and executes through Yoga, and answers say their cost in `extensions.cost`.
 */
export function limitQueries(limits: QueryLimits): Plugin {
  /** What was measured of the documents that are kept by the parser's cache. */
  const refusals = new WeakMap<DocumentNode, GraphQLError | null>();
  const findRefusal = (document: DocumentNode): GraphQLError | null => {
    let refusal = refusals.get(document);
    if (refusal === undefined) {
      refusal = findExcess(measureDocument(document), limits);
      refusals.set(document, refusal);
    }
    return refusal;
  };
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => {
        const excess = findExcess(measureText(typeof source === 'string' ? source : source.body, limits), limits);
        if (excess !== null) throw excess;
        return parseFn(source, options);
      });
    },
    onValidate({ params, setResult }) {
      const refusal = findRefusal(params.documentAST);
      if (refusal !== null) setResult([refusal]);
    },
    onExecute({ args, setResultAndStopExecution }) {
      const { errors, cost } = examine(args, limits);
      if (errors !== undefined) return setResultAndStopExecution({ errors });
      if (cost === undefined) return;
      return {
        onExecuteDone({ result, setResult }) {
          if (isAsyncIterable(result)) return;
          const extensions = { ...result.extensions, cost: { requested: cost, maximum: limits.cost } };
          setResult({ ...result, extensions });
        },
      };
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const { errors } = examine(args, limits);
      if (errors !== undefined) setResultAndStopExecution({ errors });
    },
  };
}

const variableErrorsMax = 50;

function toInputError({ message, nodes, originalError }: GraphQLError): GraphQLError {
  const extensions = { code: 'BAD_USER_INPUT', http: { status: 400, spec: true } };
  return new GraphQLError(message, { nodes, originalError, extensions });
}

/** What speaks against an execution, or its cost; neither where there is no operation, which is said where it is executed. */
function examine(
  { schema, document, operationName, variableValues: input, hideSuggestions }: ExecutionArgs,
  limits: QueryLimits,
): { errors?: readonly GraphQLError[]; cost?: number } {
  const excess = findExcess(measureInput(input ?? {}, limits), limits);
  if (excess !== null) return { errors: [excess] };
  const operation = getOperationAST(document, operationName);
  if (operation == null) return {};
  const options = { maxErrors: variableErrorsMax, hideSuggestions: hideSuggestions ?? false };
  const { errors, variableValues } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    input ?? {},
    options,
  );
  if (errors !== undefined) return { errors: errors.map(toInputError) };
  const cost = computeCost(schema, document, operation, variableValues);
  const refusal = findExcess({ cost }, limits);
  return refusal === null ? { cost } : { errors: [refusal] };
}

/** The first limit that something is beyond. */
function findExcess(measured: Partial<QueryLimits>, limits: QueryLimits): GraphQLError | null {
  for (const limit of Object.keys(nouns) as (keyof QueryLimits)[]) {
    // Their type forgets the names.
    const value = measured[limit] ?? 0;
    const maximum = limits[limit];
    if (value <= maximum) continue;
    // The numbers of a text or an input are counted no further than to the first that is too large.
    const message = `The operation is too complex: ${value} ${nouns[limit]}; at most ${maximum} are allowed`;
    const extensions = {
      code: 'QUERY_TOO_COMPLEX',
      limit,
      measured: value,
      maximum,
      http: { status: 400, spec: true },
    };
    return new GraphQLError(message, { extensions });
  }
  return null;
}
