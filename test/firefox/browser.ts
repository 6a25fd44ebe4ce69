import { type Browser, firefox } from 'playwright-core';

/** What playwright-core keeps of a session with a browser, of which no types are published. */
interface Session {
  send(method: string, params?: object): Promise<unknown>;
}
interface Internals {
  readonly _connection: { toImpl(browser: Browser): { readonly _browserSession: Session } };
}

/**
 * Launches Debian's Firefox, which shows pages in a colour scheme. playwright-core speaks WebDriver
 * BiDi to it, and for each window asks for a command that Firefox ESR 153 does not know yet; the
 * colour scheme is a preference instead.
 */
export async function launchFirefox(colorScheme: 'light' | 'dark'): Promise<Browser> {
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    firefoxUserPrefs: {
      'layout.css.prefers-color-scheme.content-override': colorScheme === 'dark' ? 0 : 1,
    },
  });
  const internals = browser as unknown as Internals;
  const sessions: Session = Object.getPrototypeOf(
    internals._connection.toImpl(browser)._browserSession,
  );
  const { send } = sessions;
  sessions.send = function (this: Session, method, params) {
    if (method === 'emulation.setMediaFeaturesOverride') return Promise.resolve({});
    return send.call(this, method, params);
  };
  return browser;
}
