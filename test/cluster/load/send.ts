import { type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';

/** Answer is an HTTP answer that was read whole. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends one request over HTTPS; throws if no whole answer comes. */
export async function send(options: RequestOptions, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      text(incoming).then((received) => {
        resolve({ status: incoming.statusCode ?? 0, body: received });
      }, reject);
    });
    outgoing.once('error', reject).end(body);
  });
}
