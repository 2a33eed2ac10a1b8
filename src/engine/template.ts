import { Liquid, LiquidError, type Template, UndefinedVariableError } from 'liquidjs';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { convertHandlebarsToLiquid } from './handlebars.ts';
import { escapeStep } from './normalize-schema.ts';

export type ContentType = 'text' | 'liquid' | 'handlebars';

export interface TemplateInput {
  readonly contentType: ContentType;
  readonly content: string;
  /** Which variables there may be; what it declares and the data leaves out renders empty. */
  readonly inputSchema: JsonObject | null;
  readonly data: JsonObject;
}

const cacheSize = 500;
/** A template that misses more than this is told of these first. */
const maxIssues = 50;

/** Templates are strangers': none reads a file or a prototype, and each ends within its limits. */
const liquid = new Liquid({
  // With it, include, render and layout look here and not in files.
  templates: {},
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  ownPropertyOnly: true,
  outputEscape: printValue,
  parseLimit: 1_000_000,
  renderLimit: 1_000,
  memoryLimit: 10_000_000,
});

/** Parsed templates, the most recently used of them. */
const parsedTemplates = new Map<string, readonly Template[]>();

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

/**
 * The text that a template makes of some data. Throws a ValidationError with a pointer into the data for each variable
 * that is neither given nor declared, and one without for a template that is wrong or goes beyond its limits.
 */
export function renderTemplate({ contentType, content, inputSchema, data }: TemplateInput): string {
  if (contentType === 'text') return content;
  const templates = [...parse(contentType, content)];
  const issues: ValidationIssue[] = [];
  let scope = completeData(data, inputSchema);
  while (issues.length < maxIssues) {
    try {
      const text: unknown = liquid.renderSync(templates, scope);
      if (issues.length > 0) break;
      return String(text);
    } catch (error) {
      const path = readUndefinedPath(error);
      if (path === null) {
        issues.push(describeLiquidError(error));
        break;
      }
      const message = "is neither given nor declared by the prompt's input schema";
      issues.push({ path: path.map((step) => `/${escapeStep(step)}`).join(''), message });
      // Once more as if it were there, to find what else is missing.
      scope = withNull(scope, path);
    }
  }
  throw new ValidationError(issues);
}

function parse(contentType: 'liquid' | 'handlebars', content: string): readonly Template[] {
  const key = `${contentType}:${content}`;
  let templates = parsedTemplates.get(key);
  if (templates === undefined) {
    try {
      templates = liquid.parse(contentType === 'liquid' ? content : convertHandlebarsToLiquid(content));
    } catch (error) {
      if (error instanceof ValidationError) throw error;
      throw new ValidationError([describeLiquidError(error)], error);
    }
  }
  parsedTemplates.delete(key);
  parsedTemplates.set(key, templates);
  const [oldest] = parsedTemplates.keys();
  if (parsedTemplates.size > cacheSize && oldest !== undefined) parsedTemplates.delete(oldest);
  return templates;
}

/** Objects and lists as JSON; what is not there as nothing. */
function printValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Data in which everything that the schema declares is there, if only as null: that renders empty. */
function completeData(data: JsonObject, schema: JsonValue | undefined): JsonObject {
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  const declared = Object.fromEntries(Object.keys(properties).map((name) => [name, null]));
  const given = Object.entries(data).map(([name, value]): [string, JsonValue] => [
    name,
    completeValue(value, Object.hasOwn(properties, name) ? properties[name] : undefined),
  ]);
  return { ...declared, ...Object.fromEntries(given) };
}

function completeValue(value: JsonValue, schema: JsonValue | undefined): JsonValue {
  if (isJsonObject(value)) return completeData(value, schema);
  if (!Array.isArray(value) || !isJsonObject(schema)) return value;
  const { items } = schema;
  return value.map((item) => completeValue(item, items));
}

/** The path of the variable that an error is about; null for any other error. */
function readUndefinedPath(error: unknown): string[] | null {
  const cause = error instanceof LiquidError ? (error.originalError ?? error) : error;
  if (!(cause instanceof UndefinedVariableError) && !(error instanceof UndefinedVariableError)) return null;
  const [, name] = /undefined variable: ([^,\n]+)/.exec(String(error instanceof Error ? error.message : error)) ?? [];
  return name === undefined ? null : name.split('.');
}

function withNull(scope: JsonObject, [first = '', ...rest]: readonly string[]): JsonObject {
  const inner = Object.hasOwn(scope, first) ? scope[first] : undefined;
  return { ...scope, [first]: rest.length > 0 && isJsonObject(inner) ? withNull(inner, rest) : null };
}

/** liquidjs's own words, with line and column, without the excerpt that follows them. */
function describeLiquidError(error: unknown): ValidationIssue {
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { path: '', message };
}
