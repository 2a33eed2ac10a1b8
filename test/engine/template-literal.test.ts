// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are templates of somebody else

import { expect, test } from 'vitest';
import { checkTemplate, renderTemplate } from '../../src/engine/template.ts';
import { ValidationError } from '../../src/errors.ts';

const render = (content: string, data = {}) => renderTemplate({ contentType: 'js', content, inputSchema: null, data });

const customer = { name: 'Ada', 'last name': 'Lovelace', orders: [{ id: 7 }] };

test.each([
  ['return `Hello ${name}!`', { name: 'Ada' }, 'Hello Ada!'],
  ['  return `a\n${ name }`;  ', { name: 'Ada' }, 'a\nAda'],
  ['`${customer.name} ${customer.orders[0].id}`', { customer }, 'Ada 7'],
  ['return `${customer["last name"]} ${customer?.name}`', { customer }, 'Lovelace Ada'],
  ['return `${JSON.stringify(customer.orders)}`', { customer }, '[{"id":7}]'],
  ['return `${JSON.stringify(list, null, 2)}`', { list: [1] }, '[1]'],
  ['return `costs \\${price} \\`now\\` {{ x }} {% y %} $5 {`', {}, 'costs ${price} `now` {{ x }} {% y %} $5 {'],
  ['return `a\\nb\\tc`', {}, 'a\nb\tc'],
  ['return `{${name}}`', { name: 'Ada' }, '{Ada}'],
])('%s renders', (content, data, text) => {
  expect(render(content, data)).toBe(text);
});

test.each([
  ['return "text"', 'must be a template literal, return `…`; other JavaScript is not executed, line:1, col:1'],
  ['const a = 1; return `${a}`', 'must be a template literal'],
  ['return `a` + `b`', 'the template literal ends here, and nothing may follow it, line:1, col:10'],
  ['return `${fetch("http://x")}`', '${fetch("http://x")} must be the path of a variable'],
  ['return `${a + b}`', '${a + b} must be the path of a variable'],
  ['return `\n${items.map(i => `${i}`)}`', 'line:2, col:1'],
  ['return `${process.exit()}`', 'must be the path of a variable'],
  ['return `${a`', '${ is not closed'],
  ['return `\\u0041`', 'the escape \\u is not supported'],
  ['return `${}`', 'must be the path of a variable'],
])('%s is refused', (content, message) => {
  expect(() => render(content)).toThrow(ValidationError);
  expect(checkTemplate('js', content)[0]?.message).toContain(message);
});

test('a variable that is missing is named', () => {
  expect(() => render('return `${customer.name}`', { customer: {} })).toThrow('/customer/name');
});

test('prototypes are out of reach', () => {
  expect(() => render('return `${constructor.constructor}`', {})).toThrow(ValidationError);
  expect(() => render('return `${name.__proto__}`', { name: {} })).toThrow(ValidationError);
});
