import { describe, expect, it } from 'vitest';
import { checkTemplate, renderTemplate } from '../../src/engine/template.ts';
import type { JsonObject } from '../../src/json.ts';

function render(content: string, data: JsonObject = {}, inputSchema: JsonObject | null = null): string {
  return renderTemplate({ contentType: 'handlebars', content, inputSchema, data });
}

describe('a Handlebars template', () => {
  it('prints variables without escaping, in two braces and in three', () => {
    const data = { a: { b: '<b>', 'c d': [1], 'e"}}': 2 }, list: ['x', 'y'] };
    expect(render('{{a.b}} {{{a.b}}} {{&a.b}} {{a.[c d]}} {{a/b}} {{./a.b}} {{list.[1]}} {{list.length}}', data)).toBe(
      '<b> <b> <b> [1] <b> <b> y 2',
    );
    expect(render('{{a.[e"}}]}}', data)).toBe('2');
  });

  it('takes names in brackets as they are, also those that would end a tag of Liquid', () => {
    const data = { a: { '-%}': [1, 2], 'b"\\c': 3, "it's": 4 } };
    expect(render('{{#if a.[-%}]}}{{#each a.[-%}]}}{{this}}{{/each}}{{/if}}{{a.[b"\\c]}}{{a.[it\'s]}}', data)).toBe(
      '1234',
    );
  });

  it.each<[string, JsonObject[string], boolean]>([
    ['a text', 'x', true],
    ['the empty text', '', false],
    ['a number', 1, true],
    ['zero', 0, false],
    ['the text zero', '0', true],
    ['a list', [0], true],
    ['the empty list', [], false],
    ['the empty object', {}, true],
    ['false', false, false],
    ['null', null, false],
  ])('takes %s for true or false as Handlebars does', (_, value, isTrue) => {
    expect(render('{{#if a}}1{{else}}0{{/if}}', { a: value })).toBe(isTrue ? '1' : '0');
    expect(render('{{#unless a}}0{{else}}1{{/unless}}', { a: value })).toBe(isTrue ? '1' : '0');
    expect(render('{{^if a}}0{{/if}}', { a: value })).toBe(isTrue ? '' : '0');
  });

  it('chains conditions', () => {
    const content = '{{#if a}}a{{else if b}}b{{else}}c{{/if}}';
    expect([{ a: 1 }, { b: 1 }, {}].map((data) => render(content, data))).toEqual(['a', 'b', 'c']);
  });

  it('goes through lists, and knows where it is', () => {
    const content =
      '{{#each list}}{{@index}}{{@key}}:{{this}}{{#if @first}} first{{/if}}{{#unless @last}}, {{/unless}}{{/each}}';
    expect(render(content, { list: ['a', 'b'] })).toBe('00:a first, 11:b');
  });

  it('goes through objects in their order', () => {
    expect(
      render('{{#each object}}{{@index}} {{@key}}={{this.n}};{{/each}}', { object: { b: { n: 1 }, a: { n: 2 } } }),
    ).toBe('0 b=1;1 a=2;');
  });

  it('has an else for what there is nothing of', () => {
    const content = '{{#each a}}x{{else}}none{{/each}}';
    for (const a of [[], {}, null, 'text', 5]) expect(render(content, { a })).toBe('none');
  });

  it('finds names in the item, with ../ around it, and with @root in the data', () => {
    const content =
      '{{#each items}}{{name}} {{../name}} {{#each tags}}{{this}}{{../name}}{{../../name}}{{@../index}}{{@root.name}}{{/each}}{{/each}}';
    expect(render(content, { name: 'top', items: [{ name: 'item', tags: ['tag'] }] })).toBe('item top tagitemtop0top');
  });

  it('names items and keys by block parameters', () => {
    const content =
      '{{#each items as |item key|}}{{#each item.tags as |tag|}}{{key}}{{item.name}}{{tag}}{{this.item}}{{/each}}{{/each}}';
    const tag = { item: '!' };
    expect(render(content, { items: { k: { name: 'n', tags: [tag] } } })).toBe('kn{"item":"!"}!');
  });

  it('keeps to variables of its own', () => {
    const data = { each_1: 'mine', each_1s: 'too', empty: 1, nil: 2, blank: 3, forloop: 4, true_: 5, list: [0] };
    const content = '{{#each list}}{{this}}{{/each}}{{each_1}}{{each_1s}}{{empty}}{{nil}}{{blank}}{{forloop}}{{true_}}';
    expect(render(content, data)).toBe('0minetoo12345');
  });

  it.each([
    ['{% if a %} {%- raw -%} {{!c}}{%', '{% if a %} {%- raw -%} {%'],
    ['\\{{a}} and \\{{{b}}}', '{{a}} and {{{b}}}'],
    ['{"a": {"b": "{{a}}"}}', '{"a": {"b": "1"}}'],
    ['{ {{!c}}{{a}}', '{ 1'],
    ['{{!c}}{ {{~a}}', '{1'],
    ['{{!c}}{{!-- {{d}} --}}{%{{a}}%}', '{%1%}'],
  ])('keeps Liquid’s signs in its text as text: %j', (content, expected) => {
    expect(render(content, { a: 1 })).toBe(expected);
  });

  it('takes lines with a block alone out, and spaces at a tilde', () => {
    expect(render('a\n{{#if x}}\n  b\n{{/if}}\nc {{~x~}} d', { x: 1 })).toBe('a\n  b\nc1d');
  });

  it('names all variables that are neither given nor declared, where they are missing in the data', () => {
    const schema = { properties: { known: {}, list: { items: { properties: { note: {} } } } } };
    const content = '{{known}}{{a}}{{#each list}}{{note}}{{nick}}{{/each}}{{#each b}}{{c}}{{/each}}';
    const message = "is not declared by the prompt's input schema and not given";
    expect(() => render(content, { list: [{ nick: 1 }, {}] }, schema)).toThrow(
      `/a: ${message}; /list/1/nick: ${message}; /b: ${message}`,
    );
  });
});

describe('what Handlebars has and prompts do not', () => {
  it.each([
    ['a\n {{upcase b}}', 'there is no helper upcase, only variables, if, unless and each, line:2, col:2'],
    ['{{lookup a b}}', 'there is no helper lookup, only variables, if, unless and each, line:1, col:1'],
    ['{{a b=1}}', 'there is no helper a, only variables, if, unless and each, line:1, col:1'],
    ['{{#with a}}{{/with}}', 'there is no block with, only if, unless and each, line:1, col:1'],
    ['{{#a}}{{/a}}', 'there is no block a, only if, unless and each, line:1, col:1'],
    ['{{{{raw}}}}{{a}}{{{{/raw}}}}', 'there is no block raw, only if, unless and each, line:1, col:1'],
    ['\n{{> header}}', 'there are no partials, line:2, col:1'],
    ['{{#> layout}}{{/layout}}', 'there are no partials, line:1, col:1'],
    ['{{* decorate}}', 'there are no decorators, line:1, col:1'],
    ['{{#if (eq a b)}}{{/if}}', 'there are no subexpressions, line:1, col:7'],
    ['{{(a)}}', 'there are no subexpressions, line:1, col:3'],
    ['{{#if a includeZero=true}}{{/if}}', 'if takes one variable and no options, line:1, col:1'],
    ['{{#each}}{{/each}}', 'each takes one variable and no options, line:1, col:1'],
    ['{{"a"}}', 'must be the name of a variable, line:1, col:3'],
    ['{{this}}', 'this is allowed within each only, line:1, col:3'],
    ['{{../a}}', '../a leads out of the template, line:1, col:3'],
    ['{{@index}}', 'there is no @index here'],
    ['{{#each a}}{{@level}}{{/each}}', 'there is no @level here'],
  ])('is refused: %j', (content, message) => {
    expect(checkTemplate('handlebars', content)).toEqual([{ path: '', message: expect.stringContaining(message) }]);
  });

  it.each([
    ['a\n{{#if b', 'what is here is not Handlebars, line:2, col:6'],
    ['{{#if}', 'what is here is not Handlebars, line:1, col:6'],
    ['{{#if a}}\n', 'what is here is not Handlebars, line:2, col:1'],
    ['a\n{{#if a}}{{/each}}', "if doesn't match each, line:2, col:4"],
  ])('is told from what is wrong: %j', (content, message) => {
    expect(checkTemplate('handlebars', content)).toEqual([{ path: '', message }]);
  });

  it('is not a way to hold the process up', () => {
    const startedAt = performance.now();
    const content = '{{#if a}}'.repeat(20_000) + '{{/if}}'.repeat(20_000);
    expect(checkTemplate('handlebars', content)).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
