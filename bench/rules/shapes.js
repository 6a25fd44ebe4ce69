/**
 * Texts of a given length, in characters: one that people write, and those that cost a reader of
 * YAML the most.
 */

const fill = (unit, size, head = '', tail = '') =>
  head +
  unit.repeat(Math.max(0, Math.floor((size - head.length - tail.length) / unit.length))) +
  tail;

const numbered = (make, size, head = '', tail = '') => {
  const parts = [head];
  let length = head.length + tail.length;
  for (let index = 0; ; index++) {
    const part = make(index);
    if (length + part.length > size) return parts.join('') + tail;
    parts.push(part);
    length += part.length;
  }
};

const file = 'version: 1\nrules:\n';
const inFrom = ['version: 1\nrules: [{to: m.example, from: "', '"}]'];

/** Maps each name to a function that writes such a text of at most `size` characters. */
export const shapes = {
  rules: (size) =>
    numbered(
      (n) => `  - from: quay.io/org/app-${n}\n    to: mirror.example/q/app-${n}\n`,
      size,
      file,
    ),
  'keys in one mapping': (size) => numbered((n) => `k${n}: v\n`, size),
  'keys in one flow mapping': (size) => numbered((n) => `k${n}: v,`, size, '{', '}'),
  'wrong values': (size) =>
    numbered((n) => `    k${n}: 1\n`, size, 'version: 1\nrules: []\nskip:\n  labels:\n'),
  'rules that do nothing': (size) => numbered((n) => `  - from: quay.io/${n}\n`, size, file),
  'the same rule': (size) => fill('  - from: quay.io\n    to: m.example\n', size, file),
  'empty rules': (size) => fill('{},', size, 'version: 1\nrules: [', ']'),
  'rules that are numbers': (size) => fill('- 1\n', size, file),
  'names of one rule': (size) =>
    numbered((n) => `a.b/${n},`, size, 'version: 1\nrules: [{to: m.example, from: [', 'z.z]}]'),
  'open list': (size) => fill('a, ', size, 'version: 1\nrules: ['),
  'open mapping': (size) => fill('a: b, ', size, 'version: 1\nrules: {'),
  'open quote': (size) => fill('x\n', size, 'version: 1\nrules: "'),
  '[': (size) => fill('[', size),
  '{': (size) => fill('{', size),
  '- ': (size) => fill('- ', size),
  '? ': (size) => fill('? ', size),
  '&a ': (size) => fill('&a ', size),
  '!t ': (size) => fill('!t ', size),
  'a: b lines': (size) => fill('a: b\n', size),
  'double quotes': (size) => fill('"', size),
  'single quotes': (size) => fill("'", size),
  'lines of one quote': (size) => fill('- "\n', size),
  'wrong escapes': (size) => fill('\\q', size, '"', '"'),
  commas: (size) => fill(',', size, '['),
  'colons on lines': (size) => fill(':\n', size),
  comments: (size) => fill('# x\n', size, 'version: 1\n'),
  'blank lines, then comments': (size) =>
    fill('  #\n', size, `a: |\n          x\n${'\n'.repeat(size / 2)}`),
  'blank lines': (size) => fill('\n', size),
  spaces: (size) => fill(' ', size),
  documents: (size) => fill('a: b\n---\n', size),
  directives: (size) => fill('%YAML 1.1\n', size),
  'ordered map': (size) => numbered((n) => `- k${n}: v\n`, size, '!!omap\n'),
  'aliases of a long list': (size) =>
    fill('*a,', 300, `version: 1\nx: &a [${'1,'.repeat((size - 400) / 2)}1]\nrules: [`, '1]'),
  'stars in a from': (size) => fill('*', size, inFrom[0], `x${inFrom[1]}`),
  'colons in a from': (size) => fill(':', size, ...inFrom),
  'open variables in a to': (size) =>
    fill('${', size, 'version: 1\nrules: [{from: a.b, to: "m.example/', inFrom[1]),
  'invisible characters': (size) =>
    fill('"\\u2028",', size, 'version: 1\nrules: [{to: m.example, from: [', '"a"]}]'),
};
