/** Fields of an answer, separated by spaces as in MongoDB's shell: `a b.c`, or `-a` for all but these. The id is always there. */
export function selectFields<T extends { readonly id: string }>(answer: T, select: string | null | undefined): object {
  const names = (select ?? '').split(/\s+/).filter((name) => name !== '');
  const left = new Set(names.filter((name) => name.startsWith('-')).map((name) => name.slice(1)));
  const chosen = names.filter((name) => !name.startsWith('-')).map((name) => name.split('.'));
  if (chosen.length === 0) {
    return Object.fromEntries(Object.entries(answer).filter(([name]) => name === 'id' || !left.has(name)));
  }
  return { id: answer.id, ...pick(answer, chosen) };
}

function pick(value: unknown, paths: readonly (readonly string[])[]): object {
  const fields = new Map(Object.entries(value ?? {}));
  const names = new Set(paths.map(([name]) => name).filter((name) => name !== undefined));
  return Object.fromEntries(
    [...names].flatMap((name): [string, unknown][] => {
      if (!fields.has(name)) return [];
      const inner = paths.filter(([first]) => first === name).map((path) => path.slice(1));
      const isWhole = inner.some((path) => path.length === 0) || typeof fields.get(name) !== 'object';
      return [[name, isWhole ? fields.get(name) : pick(fields.get(name), inner)]];
    }),
  );
}
