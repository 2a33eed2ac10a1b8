import { type ASTNode, type GraphQLResolveInfo, type OperationDefinitionNode, visit } from 'graphql';
import { type RunDetail, runDetails } from '../store/run-record.ts';

/** By operation: the names of all fields that it asks for, of whatever. Documents are parsed once, so operations are met again. */
const fieldNames = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();

/**
 * The details of runs that an operation asks for nowhere, so that its pages need not have them. A detail is read by the field of its
 * own name and by no other; what a run will do is for those who execute it.
 */
export function findUnreadDetails({ operation, fragments }: GraphQLResolveInfo): RunDetail[] {
  const names = fieldNames.get(operation) ?? collectFieldNames([operation, ...Object.values(fragments)]);
  fieldNames.set(operation, names);
  return runDetails.filter((detail) => !names.has(detail));
}

function collectFieldNames(nodes: readonly ASTNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Field: ({ name }) => void names.add(name.value) });
  return names;
}
