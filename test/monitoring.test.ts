import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from './support/gateway.ts';
import { createWorld } from './support/operations.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('/metrics', () => {
  test('counts executions by kind, status, provider and model, with their tokens and times', async () => {
    const { execute, interaction } = await createWorld(gateway);
    const input = { interactionId: interaction.id, data: { object: 'car' } };
    await execute(input);
    await execute(input);
    await execute({ ...input, config: { model: 'execution-error' } });
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    const read = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    const run = (status: string, model: string) =>
      read(`trivium_runs_total{kind="interaction",status="${status}",provider="test",model="${model}"}`);
    expect(run('completed', 'test-echo')).toBe(2);
    expect(run('failed', 'execution-error')).toBe(1);
    expect(read('trivium_run_duration_seconds_count{kind="interaction",provider="test"}')).toBe(3);
    expect(read('trivium_first_chunk_seconds_count{provider="test"}')).toBe(2);
    expect(read('trivium_tokens_total{direction="result",provider="test",model="test-echo"}')).toBeGreaterThan(0);
    expect(read('trivium_database_command_seconds_count')).toBeGreaterThanOrEqual(3);
    expect(read('trivium_runs_active')).toBe(0);
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  test('are not for who comes through a proxy, unless there is a token', async () => {
    const refused = await fetch(`${gateway.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({
      errors: [{ message: 'Metrics are for the same machine only, unless METRICS_TOKEN is set' }],
    });

    await using guarded = await startTestGateway({ METRICS_TOKEN: 'a-token-of-twenty-4' }, { beside: gateway });
    const ask = (token: string) => fetch(`${guarded.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect((await fetch(`${guarded.url}/metrics`)).status).toBe(401);
    expect((await ask('another-token')).status).toBe(401);
    expect((await ask('a-token-of-twenty-4')).status).toBe(200);
  });
});
