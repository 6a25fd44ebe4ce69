import { expect, test } from 'vitest';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { until } from '../rig/process.ts';
import { cluster, page, product, rule, rulesText, upgrade } from './scene.ts';

const good = rulesText();
const isDenied = () => cluster.refuses(clusterPod('denied', 'quay.io/app:1'));

/** Stages mistakes in the rules. */
export function rulesIncidents(): void {
  test('the rules were broken by hand', async () => {
    await product.editRules('version: 1\nrules:\n  - form: k8s.gcr.io\n    to: broken.example\n');
    const wanted = [/the old rules stay/, /live\.yaml:3:5: error unknown-key/];
    await page.shows(page.under('DetourRulesInvalid'), wanted);
    const events = page.inText('DetourRulesInvalid', /describe configmap/);
    await page.shows(events, [/RulesInvalid.*\n?.*unknown-key|unknown key/i]);
    await product.editRules(good);
  });

  test('the ConfigMap with the rules was deleted', async () => {
    await product.kubectl('delete', 'configmap', 'image-detour-rules');
    await page.shows(page.inText('DetourRulesDeleted', /get events/), [/RulesDeleted/]);
    const created = /configmap\/image-detour-rules created|AlreadyExists/;
    await page.shows(page.under('DetourRulesDeleted'), [created]);
    const restored = await product.kubectl('get', 'configmap', 'image-detour-rules', '-o', 'yaml');
    expect(restored).toContain('good.example/gcr');
  });

  test('a rule denies everything', async () => {
    await product.editRules(rulesText('  - from: "*"\n    deny: ask us\n'));
    await until('images are denied', isDenied, 90);
    const commands = page.under('Look at the state') + page.under('DetourDeniesMost');
    await until(
      'the runbook shows the rule',
      async () => {
        await isDenied();
        const printed = await page.run(commands);
        return /reason="rule",rule="\*"\} [1-9]/.test(printed) && /"msg":"denied/.test(printed);
      },
      60,
    );
    await product.editRules(good);
  });

  test('the rules file has no rules', async () => {
    await product.editRules('version: 1\nrules: []\n');
    await page.shows(page.under('DetourNoRules'), [/rules: \[\]/, /manager: kubectl-replace/]);
    await product.editRules(good);
  });

  test('an edit was made in another ConfigMap', async () => {
    const heading = 'An edit of the rules has no effect';
    const volumes = await page.run(page.inText(heading, /volumes/));
    expect(volumes).toContain('"name":"image-detour-rules"');
    await page.run(page.under('Look at the state'));
    const successes = await page.run(page.inText(heading, /grep/));
    expect(successes.match(/detour_rules_last_success_timestamp_seconds \d/g)).toHaveLength(2);
  });

  test('an upgrade had broken rules', async () => {
    const rules = { content: { version: 1, rules: [{ ...rule, form: 'quay.io' }] } };
    await expect(upgrade({ rules })).rejects.toThrow(/pre-upgrade hooks failed/);
    const log = await page.run(page.under('Helm stops at the check of the rules'));
    expect(log).toMatch(/error unknown-key/);
  });

  test('the check of the rules could not run', async () => {
    const heading = 'Helm stops at the check of the rules';
    const image = { repository: 'nowhere.example/image-detour', tag: 'none' };
    const failed = expect(upgrade({ image }, ['--timeout', '30s'])).rejects.toThrow(/hooks failed/);
    await page.shows(page.inText(heading, /describe pod/), [
      /nowhere\.example.*(?:no such host|fail)/,
    ]);
    await failed;
    await upgrade({ image }, ['--set', 'rules.check=false']);
    await upgrade();
  });
}
