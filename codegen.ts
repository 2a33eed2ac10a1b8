import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types for the documents that the tests send; `npm run codegen` writes schema.graphql first. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'docs/schema.md': { plugins: ['./tools/schema-reference.ts'] },
    'test/generated/': {
      preset: 'client',
      documents: ['test/**/*.ts', '!test/generated/**'],
      presetConfig: { fragmentMasking: false },
      config: {
        importExtension: '.ts',
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: { JSON: 'unknown', JSONObject: 'Record<string, unknown>', DateTime: 'string', ID: 'string' },
      },
    },
  },
};

export default config;
