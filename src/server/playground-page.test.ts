import { afterEach, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../../test/support/test-server.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

let server: TestServer;
afterEach(async () => {
  await server.stop(0);
  server.agent.destroy();
});

test('the playground opens with the rules in force, as they are written', async () => {
  const rules = (to: string) => `version: 1\r\nrules: [{from: "*", to: ${to}}] # <b> & "$&"\r\n`;
  let text = rules('a.example');
  const { ruleSet } = loadRules(text);
  server = await startTestServer({
    playground: '<meta name="rules" content=""><p>',
    rules: { ruleSet: ruleSet as RuleSet, text },
    rulesSource: { name: 'test', isLive: true, read: async () => text },
    watchInterval: 10,
  });
  const page = async () => await (await fetch(new URL('/', server.healthUrl))).text();
  const pageWith = (to: string) =>
    `<meta name="rules" content="version: 1&#13;\nrules: [{from: &quot;*&quot;, to: ${to}}] # <b> &amp; &quot;$&amp;&quot;&#13;\n"><p>`;
  expect(await page()).toBe(pageWith('a.example'));
  text = rules('b.example');
  await vi.waitFor(async () => expect(await page()).toBe(pageWith('b.example')));
  text = 'version: broken';
  await vi.waitFor(() =>
    expect(server.lines.map(({ msg }) => msg)).toContain(
      'the rules file is broken; the old rules stay',
    ),
  );
  expect(await page()).toBe(pageWith('b.example'));
});

test('the playground says that the rules are too long for it', async () => {
  const text = `version: 1\nrules: []\n${'#'.repeat(1024 * 1024)}`;
  const { ruleSet } = loadRules(text);
  server = await startTestServer({
    playground: '<meta name="rules" content="">',
    rules: { ruleSet: ruleSet as RuleSet, text },
  });
  const page = await (await fetch(new URL('/', server.healthUrl))).text();
  expect(page).toContain('The rules of this server have 1048597 characters.');
});
