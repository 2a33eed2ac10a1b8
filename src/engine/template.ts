import { Context, defaultOperators, Liquid, type Template, toValue, UndefinedVariableError } from 'liquidjs';
import { LRUCache } from 'lru-cache';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { convertHandlebarsToLiquid, entriesFilter, listEntries } from './handlebars.ts';
import { createLocator, formatPointer, readPointer } from './json-pointer.ts';
import { convertTemplateLiteralToLiquid } from './template-literal.ts';
import { runWatched } from './time-limit.ts';

export type ContentType = 'text' | 'liquid' | 'handlebars' | 'js';

export interface TemplateInput {
  readonly contentType: ContentType;
  readonly content: string;
  /** Which variables there may be; what it declares and the data leaves out renders empty. */
  readonly inputSchema: JsonObject | null;
  readonly data: JsonObject;
}

/** A template that misses more than this is told of these first. */
const maxIssues = 50;
const maxCharacters = 10_000_000;
/** Schemas that may apply to one value, by references and alternatives. */
const maxApplied = 100;
const renderLimitMs = 1_000;
/** liquidjs looks at the clock between tags. A filter alone can take long, but for the common ones. */
const needsWatch =
  /\|(?!\s*(append|capitalize|default|downcase|escape|first|join|json|last|prepend|size|strip|upcase)\b)/;
/** V8 searches without looking at any clock, in the worst case for as long as both lengths multiplied say: 0.1 s. */
const maxSearch = 1_000_000_000;
/** The tags that take in other templates. */
const refusedTags = ['include', 'render', 'layout'];
const searchFilters = ['remove', 'remove_first', 'remove_last', 'replace', 'replace_first', 'replace_last', 'split'];

const liquid = createLiquid();

/** Parsed templates, as many as were made of four million characters. */
const parsedTemplates = new LRUCache<string, Template[]>({ maxSize: 4_000_000 });

/** Templates are strangers': none reads a file or a prototype, and each ends within its limits. */
function createLiquid(): Liquid {
  const { contains } = defaultOperators;
  const engine = new Liquid({
    // Else the tags that take other templates in read files.
    templates: {},
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    outputEscape: printValue,
    operators: {
      ...defaultOperators,
      contains(text: unknown, sought: unknown, context: Context) {
        if (typeof text === 'string') checkSearch(text, sought);
        return contains === undefined ? false : Reflect.apply(contains, undefined, [text, sought, context]);
      },
    },
    // Else a prompt would depend on where the gateway stands.
    timezoneOffset: 0,
    parseLimit: 1_000_000,
    renderLimit: renderLimitMs,
    memoryLimit: maxCharacters,
  });
  for (const name of [...refusedTags, 'block']) delete engine.tags[name];
  // liquidjs's own would go round printValue, and there is no escaping to go round.
  engine.registerFilter('raw', (value: unknown) => value);
  for (const name of searchFilters) {
    const filter = engine.filters[name];
    if (typeof filter !== 'function') continue;
    engine.registerFilter(name, function (text: unknown, sought: unknown, ...others: unknown[]) {
      checkSearch(text, sought);
      return filter.call(this, text, sought, ...others);
    });
  }
  engine.registerFilter(entriesFilter, function (collection: unknown, variable: string) {
    const entries = listEntries(collection);
    this.context.memoryLimit.use(entries.length);
    this.context.bottom()[variable] = entries;
  });
  return engine;
}

function checkSearch(text: unknown, sought: unknown): void {
  if (String(text).length * String(sought).length > maxSearch) {
    throw new Error('both the text that is searched and the one that is sought are too long');
  }
}

/** Objects and lists as JSON; what is not there as nothing. liquidjs calls it as a filter. */
function printValue(this: { readonly context: Context }, result: unknown): string {
  // `nil`, `empty` and `blank` are objects of liquidjs's own.
  const value: unknown = toValue(result);
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  this.context.memoryLimit.use(text.length);
  return text;
}

/** What is wrong with a template, before there is any data; nothing, where the list is empty. */
export function checkTemplate(contentType: ContentType, content: string): readonly ValidationIssue[] {
  if (contentType === 'text') return [];
  try {
    parse(contentType, content);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.issues;
    throw error;
  }
}

/** The names that a template reads and does not make itself; none of a template that is wrong. */
export function listVariables(contentType: ContentType, content: string): string[] {
  if (contentType === 'text' || checkTemplate(contentType, content).length > 0) return [];
  return liquid.globalVariablesSync(parse(contentType, content));
}

/**
 * The text that a template makes of some data. Throws a ValidationError with a pointer into the data for each variable
 * that is neither given nor declared, and one without for a template that is wrong or goes beyond its limits.
 */
export function renderTemplate(input: TemplateInput): string {
  const { contentType, content } = input;
  if (contentType === 'text') return content;
  const templates = parse(contentType, content);
  const isWatched = contentType === 'liquid' && needsWatch.test(content);
  return isWatched ? runWatched('Its rendering', () => render(templates, input)) : render(templates, input);
}

/** How each kind of template is written as Liquid. */
const converters = {
  liquid: (content: string) => content,
  handlebars: convertHandlebarsToLiquid,
  js: convertTemplateLiteralToLiquid,
};

function parse(contentType: keyof typeof converters, content: string): Template[] {
  const key = `${contentType}:${content}`;
  let templates = parsedTemplates.get(key);
  if (templates === undefined) {
    templates = runWatched('Its parsing', () => {
      const source = converters[contentType](content);
      try {
        return liquid.parse(source);
      } catch (error) {
        throw new ValidationError([describeError(error, contentType)], error);
      }
    });
    parsedTemplates.set(key, templates, { size: key.length });
  }
  return templates;
}

function render(templates: Template[], { contentType, inputSchema, data }: TemplateInput): string {
  const issues = new Map<string, ValidationIssue>();
  const deadline = performance.now() + renderLimitMs;
  while (issues.size < maxIssues) {
    const renderLimit = deadline - performance.now();
    // A copy, for increment and decrement write into it.
    const context = new Context({ ...data }, liquid.options, { sync: true, renderLimit }, { liquid });
    const getLastMiss = watchMisses(context, inputSchema, new Set(issues.keys()));
    try {
      const text: string = liquid.renderSync(templates, context);
      if (issues.size === 0 && text.length <= maxCharacters) return text;
      if (issues.size === 0) issues.set('', { path: '', message: `renders more than ${maxCharacters} characters` });
      break;
    } catch (error) {
      const miss = getLastMiss();
      if (miss !== null && error instanceof UndefinedVariableError) {
        // Once more as if it were there, to find what else is missing.
        issues.set(miss.id, miss.issue);
        continue;
      }
      if (issues.size === 0) throw new ValidationError([describeError(error, contentType)], error);
      break;
    }
  }
  throw new ValidationError([...issues.values()]);
}

interface Miss {
  readonly id: string;
  readonly issue: ValidationIssue;
}

/**
 * Has a context read null where nothing is, but something may be: what the schema declares, members of a list, and what is
 * in `knownMisses`. The function that it returns tells what was missed last.
 */
function watchMisses(
  context: Context,
  inputSchema: JsonObject | null,
  knownMisses: ReadonlySet<string>,
): () => Miss | null {
  const read = context.readProperty.bind(context);
  const locate = createLocator(context.environments);
  let lastMiss: Miss | null = null;
  context.readProperty = (object, key) => {
    const value: unknown = read(object, key);
    // A key that is missing itself leads nowhere, and is an issue of its own.
    if (value !== undefined || Array.isArray(object) || toValue(key) === null) return value ?? null;
    // Names that are in no scope are sought in the globals.
    const steps = locate(object === context.globals ? context.environments : object)?.concat(String(key));
    if (steps !== undefined && isDeclared(inputSchema, steps)) return null;
    const message = "is not declared by the prompt's input schema and not given";
    lastMiss =
      steps === undefined
        ? { id: String(key), issue: { path: '', message: `${String(key)} ${message}` } }
        : { id: formatPointer(steps), issue: { path: formatPointer(steps), message } };
    return knownMisses.has(lastMiss.id) ? null : undefined;
  };
  return () => lastMiss;
}

/** Whether a schema says that there may be something at a place: by properties or items, its own or of what it refers to. */
function isDeclared(root: JsonObject | null, steps: readonly string[]): boolean {
  if (root === null) return false;
  let schemas = listApplied(root, [root]);
  for (const step of steps) {
    const inner = schemas.filter(isJsonObject).flatMap(({ properties, additionalProperties, items, prefixItems }) => {
      const declared = isJsonObject(properties) && Object.hasOwn(properties, step) ? [properties[step]] : [];
      const others = [additionalProperties, items].filter(isJsonObject);
      return [...declared, ...others, ...[items, prefixItems].filter(Array.isArray).flat()];
    });
    schemas = listApplied(root, inner.filter(isDefined));
  }
  return schemas.length > 0;
}

/** Schemas with those that apply to the same value because of them; no more than a hundred. */
function listApplied(root: JsonObject, schemas: readonly JsonValue[]): JsonValue[] {
  const applied = new Set(schemas);
  // A set gives what is added while it is gone through, too.
  for (const schema of applied) {
    if (!isJsonObject(schema) || applied.size > maxApplied) continue;
    const { $ref, allOf, anyOf, oneOf, then, else: otherwise } = schema;
    const target = typeof $ref === 'string' ? readPointer(root, $ref.slice(1)) : undefined;
    for (const other of [target, allOf, anyOf, oneOf, then, otherwise].flat().filter(isDefined)) applied.add(other);
  }
  return [...applied];
}

const isDefined = (value: JsonValue | undefined): value is JsonValue => value !== undefined;

/** liquidjs's own words, with what there is instead of what there is not. Lines of a translation would tell nothing. */
function describeError(error: unknown, contentType: ContentType): ValidationIssue {
  const text = error instanceof Error ? error.message : String(error);
  const message = (contentType === 'liquid' ? text : text.replace(/, line:\d+, col:\d+$/, ''))
    .replace('Maximum call stack size exceeded', 'is nested too deeply')
    .replace('Invalid string length', 'renders too much');
  const tag = /^tag "(.*)" not found/.exec(message)?.[1];
  const isFilter = message.startsWith('undefined filter: ');
  if (tag !== undefined && refusedTags.includes(tag)) {
    return { path: '', message: message.replace(/^tag ".*" not found/, 'include, render and layout are not allowed') };
  }
  const allowed = tag !== undefined ? `; ${allowedTags}` : isFilter ? `; ${allowedFilters}` : '';
  return { path: '', message: message + allowed };
}

const allowedTags = `allowed are ${Object.keys(liquid.tags).join(', ')}, with their ends`;
const allowedFilters = `allowed are ${Object.keys(liquid.filters)
  .filter((name) => name !== entriesFilter)
  .join(', ')}`;
