import type { Config } from './config.ts';
import type { Gateway } from './gateway.ts';
import { demoInteractionName } from './seed.ts';

/** What a start prints: where the gateway is, and, the first time, all that a newcomer needs to use it. */
export function describeStart({ url, bootstrap }: Gateway, config: Config): string {
  const lines = [`Trivium listens on ${url}/graphql`];
  const { newKey } = bootstrap;
  if (newKey !== null) {
    lines.push('', 'Your API key, shown this once (npm run key -- make makes another):', `  ${newKey}`);
    if (config.graphiql) {
      const link = `  ${url}/graphql#key=${encodeURIComponent(newKey)}`;
      lines.push('', 'GraphiQL, signed in (the key stays in your browser):', link);
    }
    if (config.seedDemo) lines.push('', 'Or paste this:', `  ${describeCurl(url, newKey)}`);
  } else if (bootstrap.isFirstStart && config.graphiql) {
    lines.push(`GraphiQL: open ${url}/graphql and send your BOOTSTRAP_KEY as "Authorization: Bearer …"`);
  }
  if (config.database.kind === 'embedded') lines.push('', `Data is kept in ${config.database.dataDir}`);
  return `${lines.join('\n')}\n`;
}

function describeCurl(url: string, key: string): string {
  const fields = '... on InteractionRun { id status result } ... on Error { message }';
  const query = `mutation { execute(input: { specifier: "${demoInteractionName}", data: { object: "car" } }) { ${fields} } }`;
  const body = JSON.stringify({ query });
  return `curl -s ${url}/graphql -H 'authorization: Bearer ${key}' -H 'content-type: application/json' -d '${body}'`;
}
