import { readFileSync } from 'node:fs';
import {
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  print,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { createSchema, printSchema } from '../../src/schema/index.ts';

const contract = parse(readFileSync(new URL('../fixtures/contract.graphql', import.meta.url), 'utf8'));
const schema = parse(printSchema());

/** What the contract has and the schema has not yet; a line goes when the thing comes. */

/** Every element of a document as `Type.field(argument)` with what is fixed about it. */
function listElements(document: typeof contract): Map<string, string> {
  const elements = new Map<string, string>();
  const addInput = (name: string, { type, defaultValue }: InputValueDefinitionNode) =>
    elements.set(name, `${print(type)}${defaultValue === undefined ? '' : ` = ${print(defaultValue)}`}`);
  const addField = (name: string, { type, arguments: args = [] }: FieldDefinitionNode) => {
    elements.set(name, print(type));
    for (const argument of args) addInput(`${name}(${argument.name.value})`, argument);
  };
  for (const definition of document.definitions) {
    if (!('name' in definition) || definition.name === undefined) continue;
    const type = definition.name.value;
    elements.set(type, definition.kind);
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      for (const parent of definition.interfaces ?? []) elements.set(`${type} implements ${parent.name.value}`, 'yes');
      for (const field of definition.fields ?? []) addField(`${type}.${field.name.value}`, field);
    } else if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      for (const field of definition.fields ?? []) addInput(`${type}.${field.name.value}`, field);
    } else if (definition.kind === Kind.ENUM_TYPE_DEFINITION) {
      for (const value of definition.values ?? []) elements.set(`${type}.${value.name.value}`, 'value');
    } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const member of definition.types ?? []) elements.set(`${type} = ${member.name.value}`, 'member');
    }
  }
  return elements;
}

const promised = listElements(contract);
const built = listElements(schema);
test('what the contract has is there with its names, types, nullabilities and defaults', () => {
  const differences = [...promised]
    .filter(([name, type]) => built.get(name) !== type)
    .map(([name, type]) => `${name}: ${type}, but the schema has ${built.get(name) ?? 'nothing'}`);
  expect(differences).toEqual([]);
});

describe('each mutation answers with its type or the typed errors', () => {
  const errors = ['ValidationError', 'NotFoundError', 'ForbiddenError', 'ConflictError', 'RateLimitedError'];
  test.each([
    ['createPrompt', 'Prompt'],
    ['updatePrompt', 'Prompt'],
    ['deletePrompt', 'DeletedPayload'],
    ['createInteraction', 'Interaction'],
    ['updateInteraction', 'Interaction'],
    ['publishInteraction', 'Interaction'],
    ['forkInteraction', 'Interaction'],
    ['deleteInteraction', 'DeletedPayload'],
    ['generate', 'FlowRun'],
    ['createFlow', 'Flow'],
    ['updateFlow', 'Flow'],
    ['deleteFlow', 'DeletedPayload'],
    ['createContent', 'Content'],
    ['updateContent', 'Content'],
    ['deleteContent', 'DeletedPayload'],
    ['createFolder', 'Folder'],
    ['updateFolder', 'Folder'],
    ['deleteFolder', 'DeletedPayload'],
    ['createEnvironment', 'Environment'],
    ['updateEnvironment', 'Environment'],
    ['deleteEnvironment', 'DeletedPayload'],
    ['runFiles', 'DeploymentRun'],
    ['createDeployment', 'Deployment'],
    ['updateDeployment', 'Deployment'],
    ['deleteDeployment', 'DeletedPayload'],
    ['activateDeployment', 'Deployment'],
    ['deactivateDeployment', 'Deployment'],
    ['testEnvironment', 'EnvironmentTest'],
    ['createApiKey', 'CreatedApiKey'],
    ['revokeApiKey', 'ApiKey'],
    ['createProject', 'Project'],
    ['updateProject', 'Project'],
    ['deleteProject', 'DeletedPayload'],
  ])('%s', (mutation, payload) => {
    const union = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Result`;
    expect(built.get(`Mutation.${mutation}`)).toBe(`${union}!`);
    const members = [...built.keys()].filter((name) => name.startsWith(`${union} = `));
    expect(members.sort()).toEqual([payload, ...errors].map((member) => `${union} = ${member}`).sort());
  });
});

test('every element of the schema has a description', () => {
  const bare: string[] = [];
  const check = (name: string, { description }: { description?: string | null | undefined }) => {
    if (!description?.trim()) bare.push(name);
  };
  for (const type of Object.values(createSchema().getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
    if (isUnionType(type)) check(type.name, type);
  }
  expect(bare).toEqual([]);
});

test('schema.graphql is the schema to the byte; npm run codegen writes it', () => {
  const committed = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(committed).toBe(printSchema());
});
