import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  type SelectionNode,
  Source,
  TokenKind,
} from 'graphql';

/** How large a document is, before it is parsed and before it is validated: numbers that need no schema. */

/** What can be told from the text alone. */
export interface TextSize {
  /** Words and punctuation. */
  readonly tokens: number;
  /** How deep fields lie in each other, as far as one selection set goes. */
  readonly depth: number;
  /** How deep lists and objects that are written into arguments lie in each other. */
  readonly inputDepth: number;
}

/**
 * Reads the tokens of a text. It stops as soon as a number is beyond its maximum: the parser, which is recursive, must not see
 * such a text. Throws graphql's syntax error for what is no token.
 */
export function measureText(text: string, maximum: TextSize): TextSize {
  const lexer = new Lexer(new Source(text));
  const size = { tokens: 0, depth: 0, inputDepth: 0 };
  let isArgument = false;
  let inputDepth = 0;
  let depth = 0;
  /** Of each open selection set or list of types: whether it is a level. A fragment's is that of what it stands in. */
  const open: boolean[] = [];
  let isFragment = false;
  let last: TokenKind | undefined;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    const { kind } = token;
    size.tokens += 1;
    // `... on Type {`, `... @directive {` or `... {`; else it is a named fragment's name that follows.
    if (last === TokenKind.SPREAD) isFragment = kind !== TokenKind.NAME || token.value === 'on';
    last = kind;
    if (kind === TokenKind.PAREN_L) isArgument = true;
    else if (kind === TokenKind.PAREN_R) {
      isArgument = false;
      inputDepth = 0;
    } else if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L) {
      if (isArgument) inputDepth += 1;
      else {
        // Fragments directly in each other are levels: the parser's recursion knows no difference.
        const isLevel = !isFragment || open.at(-1) === false;
        open.push(isLevel);
        if (isLevel) depth += 1;
        isFragment = false;
      }
      size.depth = Math.max(size.depth, depth);
      size.inputDepth = Math.max(size.inputDepth, inputDepth);
    } else if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R) {
      if (isArgument) inputDepth -= 1;
      else if (open.pop() === true) depth -= 1;
    }
    if (size.tokens > maximum.tokens || size.depth > maximum.depth || size.inputDepth > maximum.inputDepth) break;
  }
  return size;
}

/** What an operation comes to once its fragments are put in their places. */
export interface DocumentSize {
  readonly operations: number;
  readonly depth: number;
  /** Fields, and fragments where they are spread: those within a fragment count each time. */
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
}

type SelectionSize = Omit<DocumentSize, 'operations'>;

const nothing: SelectionSize = { depth: 0, fields: 0, aliases: 0, directives: 0 };

/** Measures a document in time that grows with its text, however its fragments spread each other. */
export function measureDocument({ definitions }: DocumentNode): DocumentSize {
  const fragments = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
  const known = new Map<string, SelectionSize>();

  const measureFragment = (name: string): SelectionSize => {
    const earlier = known.get(name);
    if (earlier !== undefined) return earlier;
    // Who comes round to it again finds nothing: validation refuses circles.
    known.set(name, nothing);
    const fragment = fragments.get(name);
    const size = fragment === undefined ? nothing : measure(fragment);
    known.set(name, size);
    return size;
  };
  const measure = (node: OperationDefinitionNode | FragmentDefinitionNode | SelectionNode): SelectionSize => {
    const size = { ...nothing, directives: node.directives?.length ?? 0 };
    if (node.kind === Kind.FRAGMENT_SPREAD) add(size, measureFragment(node.name.value));
    else for (const selection of node.selectionSet?.selections ?? []) add(size, measure(selection));
    if (node.kind === Kind.FIELD) {
      size.depth += 1;
      if (node.alias !== undefined) size.aliases += 1;
    }
    if (node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION) size.fields += 1;
    return size;
  };

  const sum = { ...nothing };
  const operations = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  for (const operation of operations) add(sum, measure(operation));
  // Fragments that no operation spreads are validated all the same.
  for (const name of fragments.keys()) if (!known.has(name)) add(sum, measureFragment(name));
  return { ...sum, operations: operations.length };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function add(size: Writable<SelectionSize>, part: SelectionSize): void {
  size.depth = Math.max(size.depth, part.depth);
  size.fields += part.fields;
  size.aliases += part.aliases;
  size.directives += part.directives;
}

/** How deep lists and objects lie in each other, and how many values there are; it stops beyond a maximum. */
export function measureInput(input: unknown, maximum: InputSize): InputSize {
  const size = { inputDepth: 0, inputValues: 0 };
  let level = [input];
  // Level by level, not by recursion: a stranger chose the depth.
  for (let depth = 0; level.length > 0; depth += 1) {
    size.inputDepth = depth;
    size.inputValues += level.length;
    if (size.inputDepth > maximum.inputDepth || size.inputValues > maximum.inputValues) break;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return size;
}

export interface InputSize {
  readonly inputDepth: number;
  readonly inputValues: number;
}
