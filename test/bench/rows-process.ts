import { createServer } from 'node:http';
import { MongoClient } from 'mongodb';

/**
 * The least that a page of runs can cost: three finds by the bare driver, and JSON.stringify. Its arguments are the database's URI and
 * name.
 */

const [, , uri = '', name] = process.argv;
const client = await new MongoClient(uri).connect();
const db = client.db(name);
const runs = db.collection('runs');
const project = (await runs.findOne())?.project;

const server = createServer(async (request, response) => {
  request.resume();
  const page = await runs
    .find(
      { project },
      { projection: { name: 1, status: 1, model: 1, createdAt: 1, result: 1, interaction: 1, environment: 1 } },
    )
    .sort({ createdAt: -1, _id: -1 })
    .limit(21)
    .toArray();
  const rows = page.slice(0, 20);
  const findNames = (collection: string, field: string) =>
    db
      .collection(collection)
      .find({ project, _id: { $in: [...new Set(rows.map((row) => row[field]))] } })
      .toArray();
  const [interactions, environments] = await Promise.all([
    findNames('interactions', 'interaction'),
    findNames('environments', 'environment'),
  ]);
  const nodes = rows.map((row) => ({
    ...row,
    interaction: interactions.find(({ _id }) => _id === row.interaction)?.name,
    environment: environments.find(({ _id }) => _id === row.environment)?.name,
  }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { nodes } }));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
