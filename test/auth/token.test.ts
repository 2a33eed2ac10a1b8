import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { createTokenSigner } from '../../src/auth/token.ts';

const signingKey = new Uint8Array(32).fill(7);
const signer = createTokenSigner(signingKey);
const subject = { keyId: '0123456789abcdef01234567', projectId: 'abcdefabcdefabcdefabcdef' };
const inAnHour = () => new Date(Date.now() + 3_600_000);

const forge = () =>
  new SignJWT({ key_project: subject.projectId })
    .setSubject(subject.keyId)
    .setAudience('trivium')
    .setExpirationTime('1h');

test('a token names its key and project, and says what it was told to say', async () => {
  const { token } = await signer.sign(subject, { name: 'mine' }, inAnHour());
  expect(await signer.verify(token)).toEqual(subject);
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({ name: 'mine', sub: subject.keyId, aud: 'trivium', exp: expect.any(Number) });
});

test('claims do not change whom the token is for', async () => {
  const { token } = await signer.sign(subject, { sub: 'other', key_project: 'other', aud: 'other' }, inAnHour());
  expect(await signer.verify(token)).toEqual(subject);
});

test('another algorithm, none, another key, another audience and a missing end are refused', async () => {
  const { privateKey } = await generateKeyPair('RS256');
  const tokens = [
    new UnsecuredJWT({ key_project: subject.projectId }).setSubject(subject.keyId).setAudience('trivium').encode(),
    await forge().setProtectedHeader({ alg: 'HS512' }).sign(new Uint8Array(64).fill(7)),
    await forge().setProtectedHeader({ alg: 'HS384' }).sign(new Uint8Array(48).fill(7)),
    await forge().setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
    await forge().setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32).fill(8)),
    await forge().setAudience('another').setProtectedHeader({ alg: 'HS256' }).sign(signingKey),
    await new SignJWT({ key_project: subject.projectId })
      .setSubject(subject.keyId)
      .setAudience('trivium')
      .setProtectedHeader({ alg: 'HS256' })
      .sign(signingKey),
  ];
  expect(await Promise.all(tokens.map(signer.verify))).toEqual(tokens.map(() => null));
});

test('a token that was altered, or is over, or is none, is refused', async () => {
  const { token } = await signer.sign(subject, {}, inAnHour());
  const [head, , signature] = token.split('.');
  const other = Buffer.from(JSON.stringify({ sub: 'x', aud: 'trivium', exp: 9e9, key_project: 'x' })).toString(
    'base64url',
  );
  expect(await signer.verify(`${head}.${other}.${signature}`)).toBeNull();
  expect(await signer.verify((await signer.sign(subject, {}, new Date(Date.now() - 1000))).token)).toBeNull();
  expect(await signer.verify('no.token.atall')).toBeNull();
});
