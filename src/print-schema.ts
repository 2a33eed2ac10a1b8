import { printSchema } from './schema/index.ts';

/** `npm run codegen`: the schema as SDL, for schema.graphql. */
process.stdout.write(printSchema());
