import { UsageError } from './terminal.ts';

/** Where the server is called, as Kubernetes takes it. */
export function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') {
    throw new UsageError(
      `"${text}" is no https:// URL; the API server calls webhooks over TLS only`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('Kubernetes takes no user, query (?) or fragment (#) in a webhook URL');
  }
  return text;
}
