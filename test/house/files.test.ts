import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');

/** The text files that are, or could be, committed. */
const texts = new Map(
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && existsSync(path.join(root, file)))
    .map((file) => [file, readFileSync(path.join(root, file), 'utf8')] as const)
    .filter(([, text]) => !text.includes('\0')),
);

/** Where a pattern occurs, as `file:line: text`. */
function findLines(pattern: RegExp, isMeant: (file: string) => boolean = () => true): string[] {
  return [...texts]
    .filter(([file]) => isMeant(file))
    .flatMap(([file, text]) =>
      text.split('\n').flatMap((line, index) => (pattern.test(line) ? `${file}:${index + 1}: ${line.trim()}` : [])),
    );
}

/** Files with more lines than a reader should need. */
function findLong(folder: string, maxLines: number): string[] {
  return [...texts]
    .filter(([file]) => file.startsWith(folder) && file.endsWith('.ts') && !file.startsWith('test/generated/'))
    .map(([file, text]) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ file, lines }) => `${file} has ${lines} lines`);
}

describe('committed files', () => {
  test('name no path of the machine that they were written on', () => {
    expect(findLines(/(?<![\w.-])\/(work|root|home\/\w+|Users\/\w+)\//)).toEqual([]);
  });

  test('leave nothing for later', () => {
    expect(findLines(/\b(TO[D]O|FIX[M]E|XX[X])\b/)).toEqual([]);
  });

  test('leave no test alone in its file, and none out', () => {
    expect(
      findLines(/\b(describe|test|it)(\.\w+)*\.(only|skip|todo|fails)\b/, (file) => file.startsWith('test/')),
    ).toEqual([]);
  });

  test('are short enough to be read', () => {
    expect([...findLong('src/', 300), ...findLong('test/', 500)]).toEqual([]);
  });
});

describe('package-lock.json', () => {
  interface LockedPackage {
    readonly resolved?: string;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  // The format is npm's own; what is used of it is named above.
  const { packages } = JSON.parse(texts.get('package-lock.json') ?? '{}') as {
    packages: Record<string, LockedPackage>;
  };

  test('names no registry, so that every machine uses its own', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test('has the packages of every platform, without which npm ci refuses it', () => {
    const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isInstalledFor(place, name)),
    );
    expect(missing).toEqual([]);
  });

  /** Whether a package at `place` finds `name`, in its own `node_modules` or in one further up. */
  function isInstalledFor(place: string, name: string): boolean {
    if (`${place}/node_modules/${name}`.replace(/^\//, '') in packages) return true;
    if (place === '') return false;
    return isInstalledFor(place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/'))), name);
  }
});
