import { brotliDecompressSync } from 'node:zlib';
import { packed, packedFunction } from '../../src/aws-template/function-code.ts';

/** Returns the code of the function that scripts/build-lambda.js packed in a template. */
export function unpackFunction(text: string): string {
  return brotliDecompressSync(Buffer.from(packedFunction(text), 'base64')).toString();
}

/** Versions of Brotli pack the same code differently: this is the same for all of them. */
export function withUnpackedFunction(text: string): string {
  return packed.test(text) ? text.replace(packed, () => unpackFunction(text)) : text;
}
