import { parseAllDocuments } from 'yaml';
import { isRegistration } from '../../../admission/registration-exits.ts';
import { webhookName } from '../../../admission/webhook-configuration.ts';
import { readUtf8Text } from '../../input/read-text.ts';
import { type Terminal, UsageError } from '../../terminal.ts';

/**
 * The longest text that is read, in characters: all registrations of a cluster have a few hundred
 * thousand.
 */
const maxLength = 8 * 1024 * 1024;

/**
 * Reads the MutatingWebhookConfigurations that have the webhook, from what `kubectl get` prints as
 * YAML or JSON into a file or (`-`) standard input. Throws UsageError if there is none.
 */
export async function readRegistrations(file: string, terminal: Terminal): Promise<unknown[]> {
  const reading = { place: file, limit: maxLength, what: 'the registration' };
  const place = file === '-' ? 'standard input' : file;
  const found = parseObjects(await readUtf8Text(reading, terminal), place).filter(isRegistration);
  if (found.length > 0) return found;
  throw new UsageError(
    `${place} has no MutatingWebhookConfiguration with the webhook ${webhookName}: pass the output of kubectl get mutatingwebhookconfiguration image-detour -o yaml`,
  );
}

function parseObjects(text: string, place: string): unknown[] {
  // Looking for repeated keys takes time in proportion to their number squared.
  const documents = [...parseAllDocuments(text, { uniqueKeys: false })];
  try {
    return documents.flatMap((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      // toJS throws if aliases multiply.
      const object = document.toJS() as { items?: unknown } | null;
      return Array.isArray(object?.items) ? object.items : [object];
    });
  } catch (error) {
    throw new UsageError(`${place} is not valid YAML: ${(error as Error).message}`);
  }
}
