import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formZh } from './form-zh.ts';
import { rulesZh } from './rules-zh.ts';
import { targetsZh } from './targets-zh.ts';
import { yamlZh } from './yaml-zh.ts';
import { translateZh } from './zh.ts';

/** Files whose literals with several words are what users read of a rules file or a target. */
const files = [
  ...[
    'check',
    'compile-entry',
    'compile-registries',
    'compile',
    'describe',
    'destination',
    'diagnostic-list',
    'form',
    'load',
    'message',
    'namespace-rules',
    'not-text',
    'syntax',
    'text',
    'unused-keys',
    'yaml-documents',
    'yaml-inspection',
  ].map((name) => `src/rules/${name}.ts`),
  'src/decision/report-collisions.ts',
  'src/manifest/value.ts',
  ...readdirSync('src/target/node').map((name) => `src/target/node/${name}`),
  ...['docker', 'eks', 'gatekeeper', 'k3s', 'kustomize', 'openshift'].map(
    (name) => `src/target/${name}.ts`,
  ),
  ...['mutation', 'policy', 'validation'].map((name) => `src/target/cel/${name}.ts`),
].filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

/** Parts of sentences, which are translated with the whole, and texts that are not sentences. */
const notSentences =
  /^(for a registry|off only before|, and cannot|; name with|with a port|set -|From the|#|!|\$\{(line|object\.namespace|kind|names|verdict|at)\}| and \$|a=|\$\{mirrorVariable\} or|The others|\$\{isKey|the target sends all of a registry to one \$|"\$\{rule\.from\}": the target takes registries with a port for its own\$|a node does not know the Pods that \$\{key\} leaves alone$|"\$\{name\}" stays as it is: \$|"\$\{rule\.from\}": \$\{why\}|mirror only: \$\{why\}|bypass: a node takes \$|the ca of|other images of|Gatekeeper 3|Docker: |EKS nodes|k3s and|Kustomize Component|OpenShift 4|an image (is|carries)|.*nothing took|.*neither in)/;

/** Returns the literals of a program that have two words, with `${…}` for each gap. */
function literalsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|^import [\s\S]*?;$/gm, '');
  const literals = [
    ...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g),
  ];
  return literals
    .map(
      ([, single, double, template]) =>
        single ?? double ?? template?.replaceAll('\\$', '$').replaceAll('\\`', '`') ?? '',
    )
    .filter((text) => /[a-z]+ [a-z]+/.test(text) && !notSentences.test(text));
}

test.each(files)('every sentence of %s has a translation', (file) => {
  const literals = literalsOf(readFileSync(file, 'utf8'));
  const lacking = literals.filter((text) => {
    // As it is, or with something in its gaps.
    const sentences = [text, text.replace(/\$\{[^}]*\}\}?/g, '7')];
    return sentences.every((sentence) => translateZh(sentence) === undefined);
  });
  expect(lacking).toEqual([]);
});

test('every error of the package yaml has a translation', () => {
  const folder = 'node_modules/yaml/dist/compose';
  const source = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const errors = source.flatMap((text) =>
    [...text.matchAll(/'(?!IMPOSSIBLE)[A-Z_]{6,}', (?:'([^']+ [^']+)'|`([^`]+ [^`]+)`)/g)].map(
      ([, single, template]) => single ?? template ?? '',
    ),
  );
  expect(errors.length).toBeGreaterThan(40);
  const lacking = errors.filter(
    (text) => translateZh(text.replace(/\$\{[^}]*\}/g, '7')) === undefined,
  );
  expect(lacking).toEqual([]);
});

test('every gap of a sentence is in its translation', () => {
  for (const [english, chinese] of Object.entries({
    ...formZh,
    ...rulesZh,
    ...targetsZh,
    ...yamlZh,
  })) {
    expect(chinese, english).toMatch(
      /[\u4e00-\u9fff]|^[\][{} ]+$|KMS|quay|pullSecrets|keep|kind|and/,
    );
    for (const [gap] of chinese.matchAll(/\{\d\}/g)) expect(english).toContain(gap);
  }
});

test.each([
  ['"quay.io": the target cannot refuse images', '"quay.io"：这个目标不能拒绝镜像'],
  [
    'mirror only: a node does not know the Pods that skip leaves alone, so it still asks the origin',
    '只用镜像站：节点不知道 skip 排除了哪些 Pod，因此仍会请求原地址',
  ],
  ['Unexpected , in flow map', '{ } 中有多余的逗号'],
  [
    'a:1 becomes b: the rule "a" in line 3 decides, and no rule matches',
    'a:1 变为 b：由第 3 行的规则 "a" 决定，而且没有规则匹配',
  ],
  ['rules[0].from cannot be a mapping', 'rules[0].from 不能是映射'],
  ['rules: a list of rules', 'rules：规则列表'],
  ['nobody wrote: this', undefined],
])('%s', (english, chinese) => {
  expect(translateZh(english)).toBe(chinese);
});

test('a long sentence costs no more than its length', () => {
  const long = '": '.repeat(100_000);
  const start = performance.now();
  translateZh(`"${long}" is a ${long}`);
  expect(performance.now() - start).toBeLessThan(2_000);
});
