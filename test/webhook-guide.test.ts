import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const files = ['webhook/README.md', 'webhook/README.zh-CN.md'];
const guides = files.map((file) => readFileSync(file, 'utf8'));

/** Returns the text of a chapter, from its heading to the next one of any level. */
function chapter(guide: string, heading: RegExp): string {
  return guide.split(/^(?=#+ )/m).find((text) => heading.test(text)) ?? '';
}

test.each(guides)('the ICP licence is the first prerequisite, and the first step', (guide) => {
  const [, first] = chapter(guide, /^## (Prerequisites|前提条件)/).split(/^- /m);
  expect(first).toContain('ICP');
  const [, step] = chapter(guide, /^### (In the console|在控制台)/).split(/^\d\. /m);
  expect(step).toContain('ICP');
});

test.each(guides)('method 2 has no more steps than the one of container-mirror', (guide) => {
  // Its four: create the stack, find the URL, write it into a file, apply that file.
  const steps = chapter(guide, /^### (In the console|在控制台)/).match(/^\d\. /gm);
  expect(steps?.length).toBeLessThanOrEqual(4);
});

test.each([...files, 'README.md', 'README.zh-CN.md', 'webhook/mutating-webhook.yaml'])(
  'kubectl run of %s makes a Pod in every version of kubectl',
  (file) => {
    // Until 1.17 it made a Deployment without the option.
    const runs = readFileSync(file, 'utf8').match(/kubectl run .*/g) ?? [];
    expect(runs.length).toBeGreaterThan(0);
    for (const run of runs) expect(run).toContain('--restart=Never');
  },
);

const applied = readdirSync('webhook').filter(
  (name) => name.endsWith('.yaml') && name !== 'api-gateway.yaml',
);
test.each(applied)('%s can be applied from anywhere: it names no local path', (name) => {
  const text = readFileSync(`webhook/${name}`, 'utf8');
  expect(text).toMatch(/^# .*kubectl apply -f [\w.-]+\.yaml$/m);
  expect(text).not.toMatch(/webhook\/|\.\//);
  expect(parseAllDocuments(text)).toHaveLength(1);
});

test.each(guides)('each thing that no test sees has a command', (guide) => {
  const [, , ...rows] =
    chapter(guide, /^## (What was not tested|哪些没有测试)/).match(/^\|.*$/gm) ?? [];
  expect(rows.length).toBeGreaterThanOrEqual(8);
  for (const row of rows) expect(row).toMatch(/^\|[^|]*\| +`(aws|curl|kubectl) [^`]+`/);
});
