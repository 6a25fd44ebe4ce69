import { UsageError } from '../terminal.ts';

/**
 * Requires an https URL. `caller` and `what` are for messages: the client that calls it, and the
 * thing that is called.
 */
export function readUrl(text: string, { caller, what }: { caller: string; what: string }): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') {
    throw new UsageError(`"${text}" is not an https:// URL: ${caller} calls ${what} over TLS only`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(
      `${caller} accepts no user, query (?) or fragment (#) in the URL of ${what}`,
    );
  }
  return text;
}
