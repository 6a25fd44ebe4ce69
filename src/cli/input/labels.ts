import { ownLabel } from '../../admission/webhook-configuration.ts';
import { UsageError } from '../terminal.ts';
import { isLabelValue, isQualifiedName } from './kubernetes-name.ts';

/** Reads the labels that `--label KEY=VALUE` gives to an object. */
export function readLabels(texts: readonly string[]): Record<string, string> {
  const labels = readPairs('--label', texts);
  for (const [key, value] of Object.entries(labels)) {
    if (!isLabelValue(value)) throw wrong('--label', `${key}=${value}`);
    if (key === ownLabel) throw new UsageError(`--label cannot change ${ownLabel}: leave it out`);
  }
  return labels;
}

/** Reads the annotations that `--annotation KEY=VALUE` gives to an object. */
export function readAnnotations(texts: readonly string[]): Record<string, string> {
  return readPairs('--annotation', texts);
}

function readPairs(option: string, texts: readonly string[]): Record<string, string> {
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (!isQualifiedName(key)) throw wrong(option, text);
    if (pairs.has(key)) throw new UsageError(`${option} has ${key} twice: use it once`);
    pairs.set(key, value);
  }
  return Object.fromEntries(pairs);
}

function wrong(option: string, text: string): UsageError {
  return new UsageError(`${option} takes KEY=VALUE as Kubernetes has them, not "${text}"`);
}
