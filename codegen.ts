import type { CodegenConfig } from '@graphql-codegen/cli';

/** What the generated types have in common. */
const typing = {
  importExtension: '.ts' as const,
  enumsAsTypes: true,
  useTypeImports: true,
  scalars: { JSON: 'unknown', JSONObject: 'Record<string, unknown>', DateTime: 'string', ID: 'string' },
};

/**
 * `npm run codegen`, after it has written schema.graphql: the reference of the schema, and types for the documents of the tests and of
 * the example.
 */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'docs/schema.md': { plugins: ['./tools/schema-reference.ts'] },
    'test/generated/': {
      preset: 'client',
      documents: ['test/**/*.ts', '!test/generated/**'],
      presetConfig: { fragmentMasking: false },
      config: typing,
    },
    'examples/runs-page/src/generated/': {
      preset: 'client',
      documents: ['examples/runs-page/src/*.ts'],
      presetConfig: { fragmentMasking: false },
      // Texts instead of syntax trees: a page needs no parser.
      config: { ...typing, documentMode: 'string' },
    },
  },
};

export default config;
