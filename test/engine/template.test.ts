import { describe, expect, it } from 'vitest';
import { checkTemplate, renderTemplate } from '../../src/engine/template.ts';
import { ValidationError, type ValidationIssue } from '../../src/errors.ts';
import type { JsonObject } from '../../src/json.ts';

const undeclared = "is not declared by the prompt's input schema and not given";

function render(content: string, data: JsonObject = {}, inputSchema: JsonObject | null = null): string {
  return renderTemplate({ contentType: 'liquid', content, inputSchema, data });
}

function catchIssues(task: () => unknown): readonly ValidationIssue[] {
  try {
    task();
  } catch (error) {
    if (error instanceof ValidationError) return error.issues;
    throw error;
  }
  return [];
}

const schemaOf = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});

describe('renderTemplate', () => {
  it('fills in what is given, without escaping for HTML', () => {
    expect(
      render('Hi {{ user.name }}, {{ tags[1] }} {{ tags | join: "&" }}!', { user: { name: '<A>' }, tags: [1, 2] }),
    ).toBe('Hi <A>, 2 1&2!');
  });

  it('prints objects and lists as JSON, and null as nothing', () => {
    expect(render('{{ a }} {{ b }} [{{ c }}] {{ a | raw }}', { a: { x: [1] }, b: [{}], c: null })).toBe(
      '{"x":[1]} [{}] [] {"x":[1]}',
    );
  });

  it('prints numbers and booleans as JSON does, and dates as they are written', () => {
    const data = { a: 1.5, b: -0, c: 1e21, d: true, e: false, f: '2026-01-01T00:00:00Z', g: 10.0 };
    expect(render('{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ f }} {{ g }}', data)).toBe(
      '1.5 0 1e+21 true false 2026-01-01T00:00:00Z 10',
    );
  });

  it('prints nothing for nil, empty and blank', () => {
    expect(render('[{{ nil }}{{ null }}{{ empty }}{{ blank }}]')).toBe('[]');
  });

  it('leaves text as it is', () => {
    const content = '{{ a }} {% include "b" %}';
    expect(renderTemplate({ contentType: 'text', content, inputSchema: null, data: {} })).toBe(content);
  });

  it('reads dates in UTC, wherever the gateway stands', () => {
    expect(render('{{ "2026-01-01T00:30:00Z" | date: "%Y-%m-%d %H:%M" }}')).toBe('2026-01-01 00:30');
  });

  it('does not change the data', () => {
    const data = { count: 1 };
    expect(render('{% increment count %}{% assign count = 5 %}{{ count }}', data)).toBe('15');
    expect(data).toEqual({ count: 1 });
  });
});

describe('variables that are not given', () => {
  it('are named all at once, with pointers into the data', () => {
    const content = '{{ a }} {{ b | append: c }} {{ d.e }} {% for item in list %}{{ item["f/g"] }}{% endfor %}';
    const issues = catchIssues(() => render(content, { d: {}, list: [{ 'f/g': 1 }, {}] }));
    expect(issues).toEqual([
      { path: '/a', message: undeclared },
      { path: '/b', message: undeclared },
      { path: '/c', message: undeclared },
      { path: '/d/e', message: undeclared },
      { path: '/list/1/f~1g', message: undeclared },
    ]);
  });

  it('are named where they are the key to another, too', () => {
    expect(catchIssues(() => render('{{ a[b] }}{{ c.d.e }}', { a: {} }))).toEqual([
      { path: '/b', message: undeclared },
      { path: '/c', message: undeclared },
    ]);
  });

  it('render empty where the input schema declares them, at any depth', () => {
    const item = schemaOf({ note: {} });
    const schema = schemaOf(
      {
        a: {},
        user: schemaOf({ name: {} }),
        list: { items: item },
        other: { $ref: '#/$defs/other' },
        map: { additionalProperties: item },
      },
      { $defs: { other: { anyOf: [schemaOf({ b: {} }), { type: 'null' }] } } },
    );
    const content =
      '[{{ a }}{{ user.name }}{{ other.b }}{{ map.x.note }}{% for item in list %}{{ item.note }}{% endfor %}{{ list[9].note }}]';
    expect(render(content, {}, schema)).toBe('[]');
    expect(render(content, { user: {}, other: {}, map: { x: {} }, list: [{}, {}] }, schema)).toBe('[]');
    expect(render(content, { a: null, user: null, other: null, map: null, list: null }, schema)).toBe('[]');
  });

  it('are an issue where the object is declared but they are not', () => {
    const schema = schemaOf({ user: schemaOf({ name: {} }) });
    expect(catchIssues(() => render('{{ user.name }}{{ user.nmae }}', { user: {} }, schema))).toEqual([
      { path: '/user/nmae', message: undeclared },
    ]);
  });

  it('do not appear in what is printed as JSON or counted', () => {
    const schema = schemaOf({ user: schemaOf({ id: {}, name: {} }) });
    expect(render('{{ user }} {{ user.size }}', { user: { id: 1 } }, schema)).toBe('{"id":1} 1');
  });

  it('are false in conditions and replaced by defaults', () => {
    expect(render('{% if a %}1{% else %}0{% endif %}{% unless b %}0{% endunless %}{{ c | default: "d" }}')).toBe('00d');
  });

  it('are members of a list that is too short: these render empty', () => {
    expect(render('[{{ list.first }}{{ list[3] }}{{ list.last.name }}]', { list: [] })).toBe('[]');
  });

  it('are named without a pointer where they are not of the data', () => {
    const issues = catchIssues(() => render('{% for pair in a %}{{ pair[0].x }}{% endfor %}', { a: { b: 1 } }));
    expect(issues).toEqual([{ path: '', message: `x ${undeclared}` }]);
  });

  it('are at most fifty in one error', () => {
    const content = Array.from({ length: 200 }, (_, index) => `{{ v${index} }}`).join('');
    expect(catchIssues(() => render(content))).toHaveLength(50);
  });
});

describe('checkTemplate', () => {
  it('has nothing to say of a template that can be rendered', () => {
    expect(checkTemplate('liquid', '{% for a in b %}{{ a | upcase }}{% endfor %}')).toEqual([]);
    expect(checkTemplate('text', '{% if')).toEqual([]);
  });

  it.each([
    ['a\n {% if x %}', 'tag {% if x %} not closed, line:2, col:2'],
    ['a\n{{ x', 'output "{{ x" not closed, line:2, col:1'],
    ['{% if x %}{% endfor %}', 'tag "endfor" not found, line:1, col:11; allowed are assign, for,'],
    ['a\n {{ b | toString }}', 'undefined filter: toString, line:2, col:2; allowed are escape,'],
    ['{% constructor %}', 'tag "constructor" not found, line:1, col:1; allowed are'],
  ])('names what is wrong with %j, with line and column', (content, message) => {
    expect(checkTemplate('liquid', content)).toEqual([{ path: '', message: expect.stringContaining(message) }]);
  });

  it('does not list what is not for authors', () => {
    for (const content of ['{% unknown %}', '{{ a | unknown }}']) {
      const [issue] = checkTemplate('liquid', content);
      expect(issue?.message).toMatch(/; allowed are/);
      expect(issue?.message).not.toMatch(/handlebars|include|render|layout/);
    }
  });
});

describe('hostile templates', () => {
  it.each(['include', 'render', 'layout'])('read no file by %s', (tag) => {
    for (const file of ['"./package.json"', '"package.json"', '"/etc/passwd"', '"constructor"', 'name']) {
      const content = `{% ${tag} ${file} %}`;
      const issues = catchIssues(() => render(content, { name: 'package.json' }));
      expect(issues).toEqual([{ path: '', message: 'include, render and layout are not allowed, line:1, col:1' }]);
    }
  });

  it('reach no prototype', () => {
    const names = ['constructor', '__proto__', 'toString', 'a.constructor', 'a.__proto__', 'a.b.constructor'];
    const issues = catchIssues(() => render(names.map((name) => `{{ ${name} }}`).join(''), { a: { b: 'text' } }));
    expect(issues).toHaveLength(names.length);
    expect(
      render(
        '{% assign __proto__ = a %}{{ b.polluted }}',
        { a: { polluted: 1 }, b: {} },
        { properties: { b: schemaOf({ polluted: {} }) } },
      ),
    ).toBe('');
  });

  const long = 'a'.repeat(200_000);
  it.each<[string, string, JsonObject]>([
    ['nested loops', `${'{% for a in (1..1000) %}'.repeat(4)}x${'{% endfor %}'.repeat(4)}`, {}],
    ['a huge range', '{% for a in (1..10000000000) %}{% endfor %}', {}],
    [
      'doubling by append',
      '{% assign a = "aaaaaaaa" %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}',
      {},
    ],
    [
      'doubling by capture',
      '{% assign a = "aaaaaaaa" %}{% for i in (1..99) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}',
      {},
    ],
    ['repeated text', `{% for a in (1..100000) %}${'x'.repeat(20_000)}{% endfor %}`, {}],
    ['repeated objects', '{% for a in (1..100000) %}{{ b }}{% endfor %}', { b: { c: long } }],
    ['nested conditions', '{% if a %}'.repeat(20_000) + '{% endif %}'.repeat(20_000), { a: 1 }],
    ['a hundred thousand outputs', '{{ a }}\n'.repeat(124_000), { a: 1 }],
    ['more than a million characters', ' '.repeat(1_000_001), {}],
    ['a long search', '{% if a contains b %}{% endif %}', { a: long, b: `${long.slice(1e5)}b${long.slice(1e5)}` }],
    ['a long replacement', '{{ a | replace: b, "" }}', { a: long, b: `${long.slice(1e5)}b${long.slice(1e5)}` }],
    [
      'a list for the name of a property',
      '{{ a | sort: a }}',
      { a: Array.from({ length: 20_000 }, (_, id) => ({ id })) },
    ],
  ])('end: %s', (_, content, data) => {
    const startedAt = performance.now();
    const issues = catchIssues(() => render(content, data));
    expect(issues).toEqual([
      { path: '', message: expect.stringMatching(/limit|takes more than|too (much|deeply|long)|renders more/) },
    ]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
