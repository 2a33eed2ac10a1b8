import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isIntrospectionType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type VariableValues,
} from 'graphql';

/**
 * What an operation costs: about one for each value of the largest answer that it may have, and more where something has to be
 * counted, searched or written. Fields say so with `complexity`, the option of Pothos's plugin; the README has the table.
 */

/** What a field takes itself, and how many items the list that it is, or that lies directly in it, may have. */
interface FieldCost {
  readonly field: number;
  readonly multiplier?: number;
}

const connectionCost = 5;
const searchCost = 20;
const mutationCost = 10;
/** Counting: a total, or a facet. */
export const countCost = 20;
/** Calling a model, on top of what a mutation costs. */
export const executionCost = 100;
const usualPage = 20;
const usualList = 10;
/** The schema is finite and at hand: the query that tools read all of it with must pass. */
const introspectionList = 4;

/** What it costs more to look for runs by what is in them. */
export function computeSearchCost({ search, query }: Readonly<Record<string, unknown>>): number {
  return search == null && query == null ? 0 : searchCost;
}

/** The cost of a field that does not say: of a connection by the size of its page, of a search more. */
export function computeUsualCost(
  args: Readonly<Record<string, unknown>>,
  _context: unknown,
  field: Pick<GraphQLField<unknown, unknown>, 'args'>,
): FieldCost {
  const search = computeSearchCost(args);
  const isPaged = field.args.some(({ name }) => name === 'first' || name === 'last');
  if (!isPaged) return { field: 1 + search };
  const pageSize = typeof args.first === 'number' ? args.first : args.last;
  return { field: connectionCost + search, multiplier: typeof pageSize === 'number' ? pageSize : usualPage };
}

/** Computes what an operation costs. The document must be valid: without circles, and bounded once its fragments are in place. */
export function computeCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: VariableValues,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const rootType = schema.getRootType(operation.operation);

  /** `pageSize` is how many items the lists directly in here may have. */
  const sum = ({ selections }: SelectionSetNode, type: GraphQLNamedType, pageSize: number | undefined): number => {
    let cost = 0;
    for (const node of selections) {
      if (node.kind === Kind.FIELD) {
        const field = isCompositeType(type) ? schema.getField(type, node.name.value) : undefined;
        // `__typename` is free: clients add it everywhere.
        if (field === undefined || node.name.value === '__typename') continue;
        const own = readCost(field, getArguments(field, node, variables));
        const fieldType = getNamedType(field.type);
        const isList = isListType(getNullableType(field.type));
        cost += own.field + (type === rootType && operation.operation === 'mutation' ? mutationCost : 0);
        if (node.selectionSet === undefined) continue;
        const listSize = isIntrospectionType(fieldType) ? introspectionList : usualList;
        cost += isList
          ? Math.max(0, own.multiplier ?? pageSize ?? listSize) * sum(node.selectionSet, fieldType, undefined)
          : sum(node.selectionSet, fieldType, own.multiplier);
      } else {
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
        if (fragment === undefined) continue;
        const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
        cost += sum(fragment.selectionSet, condition ?? type, pageSize);
      }
    }
    return cost;
  };
  return rootType == null ? 0 : sum(operation.selectionSet, rootType, undefined);
}

function readCost(field: GraphQLField<unknown, unknown>, args: Record<string, unknown>): FieldCost {
  // The plugin puts the option here; the introspection's own fields have none.
  const option = field.extensions.complexity as number | FieldCost | typeof computeUsualCost | undefined;
  const cost = typeof option === 'function' ? option(args, undefined, field) : option;
  return typeof cost === 'number' ? { field: cost } : (cost ?? { field: 1 });
}

function getArguments(...[field, node, variables]: Parameters<typeof getArgumentValues>): Record<string, unknown> {
  try {
    return getArgumentValues(field, node, variables);
  } catch (error) {
    // The field fails with the same error when it is executed.
    if (error instanceof GraphQLError) return {};
    throw error;
  }
}
