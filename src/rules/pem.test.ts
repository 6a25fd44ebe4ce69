import { expect, test } from 'vitest';
import { caCertificate } from '../../test/support/ca-certificate.ts';
import { findCertificateMistake, formatCertificates } from './pem.ts';

const lines = caCertificate.trim().split('\n');
const key = caCertificate.replaceAll('CERTIFICATE', 'EC PRIVATE KEY');

test.each([
  ['one certificate', caCertificate],
  ['several', caCertificate + caCertificate],
  ['text between them', `subject=CN = a\n${caCertificate}\n# b\n${caCertificate}`],
  ['no line at its end', caCertificate.trim()],
  ['lines that end with spaces', caCertificate.replaceAll('\n', ' \n')],
])('%s', (_, text) => {
  expect(findCertificateMistake(text)).toBeUndefined();
});

test.each([
  ['nothing', '', 'holds no certificate'],
  ['something else', 'x', 'holds no certificate'],
  ['a private key', caCertificate + key, 'holds a private key: remove it, and replace the key'],
  [
    'a request',
    caCertificate.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'),
    'holds a CERTIFICATE REQUEST, not a certificate',
  ],
  ['no end', lines.slice(0, -1).join('\n'), 'has a certificate without its END line'],
  ['no beginning', lines.slice(1).join('\n'), 'has a certificate without its BEGIN line'],
  [
    'one within another',
    lines.slice(0, 3).join('\n') + caCertificate,
    'has a certificate that is cut short or changed',
  ],
  [
    'a line too few',
    lines.filter((_, at) => at !== 3).join('\n'),
    'has a certificate that is cut short or changed',
  ],
  [
    'a letter too many',
    caCertificate.replace('MII', 'MIII'),
    'has a certificate that is cut short or changed',
  ],
  [
    'letters of no base64',
    caCertificate.replace('MII', '$$$'),
    'has a certificate that is cut short or changed',
  ],
  [
    'an empty block',
    '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----',
    'has a certificate that is cut short or changed',
  ],
])('%s', (_, text, expected) => {
  expect(findCertificateMistake(text)).toBe(expected);
});

test('certificates are written without what is between them', () => {
  expect(formatCertificates(`a\n${caCertificate.trim()}\nb\n${caCertificate}`)).toBe(
    caCertificate + caCertificate,
  );
});
