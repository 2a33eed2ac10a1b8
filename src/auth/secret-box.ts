import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Seals what the gateway must be able to read again, such as a provider's key. */
export interface SecretBox {
  /** `v1.` and, in base64url, nonce, ciphertext and tag. `binding` names the record: it opens nowhere else. */
  seal(plaintext: string, binding: string): string;
  /** Throws an Error that says nothing of the content, where the key, the binding or the text is another. */
  open(sealed: string, binding: string): string;
  /** The same for the same key, and tells nothing of it. */
  readonly fingerprint: string;
  /** 256 bits for HMACs, such as those of tokens; another key than the one that seals. */
  readonly signingKey: Uint8Array;
}

const version = 'v1.';
const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM (NIST SP 800-38D) with a key that HKDF-SHA256 (RFC 5869) makes of `SECRET_KEY`, and other keys of the same. */
export function createSecretBox(secretKey: string): SecretBox {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secretKey, 'trivium', purpose, bytes));
  const key = derive('encryption', 32);

  return {
    fingerprint: derive('fingerprint', 8).toString('hex'),
    signingKey: new Uint8Array(derive('signing', 32)),
    seal(plaintext, binding) {
      // A random nonce is safe for 2^32 messages of a key; these are credentials that people type.
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(
        Buffer.from(binding),
      );
      const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return version + sealed.toString('base64url');
    },
    open(sealed, binding) {
      const bytes = Buffer.from(sealed.slice(version.length), 'base64url');
      // Buffer passes over what is not base64url; a sealed text has one way to be written.
      if (sealed !== version + bytes.toString('base64url') || bytes.length < nonceBytes + tagBytes) {
        throw new Error('A sealed credential is malformed');
      }
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(binding))
        .setAuthTag(bytes.subarray(-tagBytes));
      try {
        const plaintext = [decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()];
        return Buffer.concat(plaintext).toString('utf8');
      } catch {
        throw new Error(
          'A sealed credential cannot be opened: it was sealed with another SECRET_KEY, for another record, or altered',
        );
      }
    },
  };
}
