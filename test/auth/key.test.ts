import { describe, expect, it } from 'vitest';
import { checkImportedKey, generateKey, hashKey, keyPrefix } from '../../src/auth/key.ts';

describe('generateKey', () => {
  it('makes keys of 256 random bits that say what they are', () => {
    expect(generateKey('secret')).toMatch(/^sk-[\w-]{43}$/);
    expect(generateKey('public')).toMatch(/^pk-[\w-]{43}$/);
    expect(generateKey('secret')).not.toBe(generateKey('secret'));
  });

  it('makes keys that could be imported', () => {
    expect(checkImportedKey(generateKey('secret'), 'secret')).toEqual([]);
    expect(checkImportedKey(generateKey('public'), 'public')).toEqual([]);
  });
});

describe('hashKey', () => {
  it('is SHA-256 in hexadecimal digits', () => {
    // The test vector of FIPS 180-2 for "abc".
    expect(hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('keyPrefix', () => {
  it('shows the beginning of a key', () => {
    expect(keyPrefix('sk-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789')).toBe('sk-AbCdE…');
  });

  it('shows no more than a quarter of a short key', () => {
    expect(keyPrefix('a'.repeat(20))).toBe('aaaaa…');
    expect(keyPrefix('abc')).toBe('…');
  });
});

describe('checkImportedKey', () => {
  it('takes a key of another service as it is', () => {
    expect(checkImportedKey('legacy:0123456789/abc+def', 'secret')).toEqual([]);
  });

  it.each([
    ['a'.repeat(19), 'must have at least 20 characters'],
    ['a'.repeat(257), 'must have at most 256 characters'],
    ['with a space 0123456789', 'must have printable ASCII characters only, and no spaces'],
    ['with-a-line-end-012345\n', 'must have printable ASCII characters only, and no spaces'],
    ['naïve-0123456789-0123456789', 'must have printable ASCII characters only, and no spaces'],
  ])('refuses %j', (value, message) => {
    expect(checkImportedKey(value, 'secret')).toEqual([{ path: '', message }]);
  });

  it('refuses a key whose beginning says another kind', () => {
    const pk = `pk-${'a'.repeat(30)}`;
    const sk = `sk-${'a'.repeat(30)}`;
    expect(checkImportedKey(pk, 'public')).toEqual([]);
    expect(checkImportedKey(sk, 'secret')).toEqual([]);
    expect(checkImportedKey(pk, 'secret')).toEqual([
      { path: '', message: 'must not begin with pk-: it is a secret key' },
    ]);
    expect(checkImportedKey(sk, 'public')).toEqual([
      { path: '', message: 'must not begin with sk-: it is a public key' },
    ]);
  });

  it('names everything that is wrong at once', () => {
    expect(checkImportedKey('pk- short', 'secret')).toHaveLength(3);
  });
});
