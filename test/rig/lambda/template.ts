import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/**
 * Reads a CloudFormation template; its short forms (`!Ref X`) are read as what they are applied to.
 */
export function readTemplate(file: string) {
  return parse(readFileSync(file, 'utf8'), { logLevel: 'silent' });
}

/** Returns the function that is pasted with webhook/api-gateway.yaml. */
export function inlineCode(): string {
  return readTemplate('webhook/api-gateway.yaml').Resources.Function.Properties.Code.ZipFile;
}
