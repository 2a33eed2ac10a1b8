import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../../src/auth/secret-box.ts';

const secretKey = '0123456789abcdef0123456789abcdef';
const box = createSecretBox(secretKey);
const binding = 'environment/project-1/record-1';

describe('createSecretBox', () => {
  it('opens what it sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plaintext, any) => {
        expect(box.open(box.seal(plaintext, any), any)).toBe(plaintext);
      }),
    );
  });

  it('opens in another process with the same key', () => {
    expect(createSecretBox(secretKey).open(box.seal('sk-upstream', binding), binding)).toBe('sk-upstream');
  });

  it('names its version, and seals the same text differently each time', () => {
    const [first, second] = [box.seal('sk-upstream', binding), box.seal('sk-upstream', binding)];
    expect(first).toMatch(/^v1\.[\w-]+$/);
    expect(first).not.toBe(second);
    expect(first).not.toContain('upstream');
  });

  it('does not open for another record', () => {
    const sealed = box.seal('sk-upstream', binding);
    expect(() => box.open(sealed, 'environment/project-1/record-2')).toThrow(/for another record/);
    expect(() => box.open(sealed, '')).toThrow(/for another record/);
  });

  it('does not open with another key', () => {
    const other = createSecretBox('fedcba9876543210fedcba9876543210');
    expect(() => other.open(box.seal('sk-upstream', binding), binding)).toThrow(/another SECRET_KEY/);
  });

  it('does not open when any one character was altered, added or taken away', () => {
    const sealed = box.seal('sk-upstream', binding);
    for (let index = 0; index < sealed.length; index += 1) {
      const [before, character, after] = [sealed.slice(0, index), sealed.charAt(index), sealed.slice(index + 1)];
      const flipped = character === 'A' ? 'B' : 'A';
      for (const altered of [before + flipped + after, before + after, `${before}=${character}${after}`]) {
        expect(() => box.open(altered, binding), altered).toThrow(/A sealed credential/);
      }
    }
  });

  it.each(['', 'v1.', 'v1.AAAA', 'v2.AAAA', 'sk-upstream'])('says that %j is malformed', (sealed) => {
    expect(() => box.open(sealed, binding)).toThrow('A sealed credential is malformed');
  });

  it('says nothing of the content in its errors', () => {
    const sealed = box.seal('sk-upstream', binding);
    const failure = (() => {
      try {
        return box.open(sealed, 'another');
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(Error);
    const { message, cause } = failure instanceof Error ? failure : new Error();
    expect(message).not.toMatch(/upstream|v1\./);
    expect(cause).toBeUndefined();
  });

  it('tells keys apart by a short fingerprint that is the same for the same key', () => {
    expect(box.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(createSecretBox(secretKey).fingerprint).toBe(box.fingerprint);
    expect(createSecretBox(`${secretKey}!`).fingerprint).not.toBe(box.fingerprint);
  });

  it('has a key for signatures that is neither the secret nor told by the fingerprint', () => {
    const signingKey = Buffer.from(box.signingKey).toString('hex');
    expect(box.signingKey).toHaveLength(32);
    expect(signingKey).toBe(Buffer.from(createSecretBox(secretKey).signingKey).toString('hex'));
    expect(signingKey).not.toContain(box.fingerprint);
    expect(signingKey).not.toBe(Buffer.from(secretKey).toString('hex'));
  });
});
