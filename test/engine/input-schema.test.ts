import { describe, expect, it } from 'vitest';
import { mergeInputSchemas, validateInput } from '../../src/engine/input-schema.ts';
import type { JsonObject } from '../../src/json.ts';

describe('mergeInputSchemas', () => {
  it('is null where no prompt says what it takes', () => {
    expect(mergeInputSchemas([])).toBeNull();
  });

  it('unites properties, and what is required anywhere', () => {
    const merged = mergeInputSchemas([
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
      {
        type: 'object',
        properties: { b: { $ref: '#/$defs/b' } },
        required: ['b', 'a'],
        $defs: { b: { type: 'number' } },
      },
    ]);
    expect(merged).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { $ref: '#/$defs/b' } },
      required: ['a', 'b'],
      $defs: { b: { type: 'number' } },
    });
  });

  it('leaves a single schema as it is', () => {
    const schema = { allOf: [{ properties: { a: {} } }], additionalProperties: false };
    expect(mergeInputSchemas([schema])).toEqual(schema);
  });

  it('takes __proto__ for the name of a property like any other', () => {
    const hostile: JsonObject = JSON.parse('{"properties":{"__proto__":{"polluted":{}}}}');
    const merged = mergeInputSchemas([hostile, { properties: { a: {} } }]);
    expect(Object.keys(Object(merged?.properties))).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(merged?.properties)).toBe(Object.prototype);
  });
});

describe('validateInput', () => {
  const closed = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const prompts = [
    { inputSchema: closed },
    { inputSchema: { type: 'object', properties: { b: { type: 'number' } }, required: ['b'] } },
    { inputSchema: null },
  ];

  it('hides from a prompt what only others declare', () => {
    expect(validateInput(prompts, { a: 'x', b: 1 })).toEqual([]);
  });

  it('names what each prompt misses, and what none declares where one is closed', () => {
    expect(validateInput(prompts, { c: 1 })).toEqual([
      { path: '/a', message: 'is required' },
      { path: '/c', message: 'is not allowed here' },
      { path: '/b', message: 'is required' },
    ]);
  });

  it('shows what several declare to each of them', () => {
    const either = [{ inputSchema: closed }, { inputSchema: { properties: { a: { maxLength: 2 } } } }];
    expect(validateInput(either, { a: 'xy' })).toEqual([]);
    expect(validateInput(either, { a: 'xyz' })).toEqual([
      { path: '/a', message: 'must NOT have more than 2 characters' },
    ]);
  });

  it('takes anything where no prompt says what it takes', () => {
    expect(validateInput([{ inputSchema: null }], { a: [1], b: null })).toEqual([]);
    expect(validateInput([], { a: 1 })).toEqual([]);
  });

  it('does not let __proto__ stand in for what is required', () => {
    expect(validateInput([{ inputSchema: closed }], JSON.parse('{"__proto__":{"a":"x"}}'))).toEqual([
      { path: '/a', message: 'is required' },
      { path: '/__proto__', message: 'is not allowed here' },
    ]);
  });

  it('leaves the data as it is', () => {
    const data = Object.freeze({ a: 'x', b: 1, extra: true });
    validateInput(prompts, data);
    expect(data).toEqual({ a: 'x', b: 1, extra: true });
  });
});
