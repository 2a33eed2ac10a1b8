import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { createSchema } from './src/schema/index.ts';

/** Writes schema.graphql, and types for the documents that the tests send. */
const config: CodegenConfig = {
  schema: printSchema(createSchema()),
  generates: {
    'schema.graphql': { plugins: ['schema-ast'], config: { includeDirectives: true } },
    'test/generated/': {
      preset: 'client',
      documents: ['test/**/*.ts', '!test/generated/**', 'src/demo.ts'],
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
