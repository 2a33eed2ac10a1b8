import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLUnionType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  print,
} from 'graphql';

/** A plugin of graphql-codegen: the reference of the schema as Markdown, with every description. */
export function plugin(schema: GraphQLSchema): string {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (root) => root != null,
  );
  const types = Object.values(schema.getTypeMap()).filter(
    (type) =>
      !isIntrospectionType(type) &&
      !isSpecifiedScalarType(type) &&
      !isResult(type) &&
      roots.every((root) => root !== type),
  );
  const operations = roots.flatMap((root) =>
    Object.values(root.getFields()).map((field) => writeOperation(`${root.name}.${field.name}`, field)),
  );
  const parts = [
    '# GraphQL reference',
    'This page is written from the schema by `npm run codegen`. Types in brackets are lists; a `!` means never null. Mutations answer with ' +
      `a union of what stands behind the arrow and the errors: ${types.filter(isError).map(linkTo).join(', ')}.`,
    '## Operations',
    ...operations,
    '## Types',
    ...types.map(writeType),
  ];
  return `${parts.join('\n\n')}\n`;
}

function writeOperation(name: string, { type, args, description }: GraphQLField<unknown, unknown>): string {
  const named = getNamedType(type);
  const answer = isResult(named)
    ? named
        .getTypes()
        .filter((member) => !isError(member))
        .map(linkTo)
        .join(', ')
    : formatType(type);
  const parts = [`### ${name}`, `${description} → ${answer}`];
  if (args.length > 0) parts.push(writeTable('argument', args.map(writeInput)));
  return parts.join('\n\n');
}

function isResult(type: GraphQLNamedType): type is GraphQLUnionType {
  return isUnionType(type) && type.name.endsWith('Result');
}

function isError(type: GraphQLNamedType): boolean {
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Error');
}

function writeType(type: GraphQLNamedType): string {
  const parts = [`### ${type.name}`, `*${describeKind(type)}.* ${type.description ?? ''}`.trim()];
  if (isObjectType(type) || isInterfaceType(type)) {
    parts.push(writeTable('field', Object.values(type.getFields()).map(writeField)));
  } else if (isInputObjectType(type)) {
    parts.push(writeTable('field', Object.values(type.getFields()).map(writeInput)));
  } else if (isEnumType(type)) {
    parts.push(
      [
        '| value | |',
        '| --- | --- |',
        ...type.getValues().map(({ name, description }) => `| \`${name}\` | ${escapeCell(description)} |`),
      ].join('\n'),
    );
  } else if (isUnionType(type)) {
    parts.push(`One of ${type.getTypes().map(linkTo).join(', ')}.`);
  }
  return parts.join('\n\n');
}

function describeKind(type: GraphQLNamedType): string {
  if (isEnumType(type)) return 'Enum';
  if (isInputObjectType(type)) return 'Input';
  if (isInterfaceType(type)) return 'Interface';
  if (isUnionType(type)) return 'Union';
  if (isScalarType(type)) return 'Scalar';
  const interfaces = isObjectType(type) ? type.getInterfaces() : [];
  return interfaces.length === 0 ? 'Object' : `Object, a ${interfaces.map(linkTo).join(' and ')}`;
}

type Row = readonly [name: string, type: string, description: string];

function writeTable(what: string, rows: readonly Row[]): string {
  const lines = rows.map(([name, type, description]) => `| \`${name}\` | ${type} | ${description} |`);
  return [`| ${what} | type | |`, '| --- | --- | --- |', ...lines].join('\n');
}

function writeField({ name, args, type, description }: GraphQLField<unknown, unknown>): Row {
  const list = args.map((argument) => `${argument.name}: ${String(argument.type)}`).join(', ');
  return [args.length === 0 ? name : `${name}(${list})`, formatType(type), escapeCell(description)];
}

function writeInput({ name, type, description, default: fallback }: GraphQLArgument | GraphQLInputField): Row {
  const text = fallback?.literal === undefined ? '' : ` Default: \`${print(fallback.literal)}\`.`;
  return [name, formatType(type), `${escapeCell(description)}${text}`];
}

function formatType(type: GraphQLField<unknown, unknown>['type'] | GraphQLArgument['type']): string {
  const named = getNamedType(type);
  return String(type).replace(named.name, linkTo(named));
}

function linkTo(type: GraphQLNamedType): string {
  return isSpecifiedScalarType(type) ? `\`${type.name}\`` : `[${type.name}](#${type.name.toLowerCase()})`;
}

function escapeCell(text: string | null | undefined): string {
  return (text ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
}
