import { expect, test } from 'vitest';
import { listed, openRegistriesForPods, rulesOf } from '../cluster/rig/sync-jobs.ts';
import { cluster, page, product, upgrade } from './scene.ts';

/** Stages runs that leave the mirror without images. */
export function syncIncidents(): void {
  test('a run has failed, because a listed image does not exist', async () => {
    await openRegistriesForPods(cluster);
    const lists = { 'images.txt': `${listed('nowhere')}\n` };
    await upgrade({ rules: { content: rulesOf('filled') }, sync: { enabled: true, lists } });
    const wanted = [/fill\/nowhere:1/, /check the name and the tag/];
    await page.shows(page.under('DetourSyncFailed'), wanted, {}, 120);
  });

  test('no run happens, because somebody suspended the CronJob', async () => {
    const cronJob = ['patch', 'cronjob', 'image-detour-sync', '--patch'];
    await product.kubectl(...cronJob, '{"spec":{"suspend":true}}');
    await page.shows(page.under('DetourSyncNotComplete'), [
      /Suspend: +True/,
      /image-detour-sync-now/,
    ]);
    await page.run(page.inText('DetourSyncNotComplete', /suspend/));
    const spec = '-o=jsonpath={.spec.suspend}';
    expect(await product.kubectl('get', 'cronjob', 'image-detour-sync', spec)).toBe('false');
    await page.run(page.inText('DetourSyncNotComplete', /job-status/));
    await product.kubectl('delete', 'job', 'image-detour-sync-now');
    await upgrade();
  });
}
