/** Reads one text in a process of its own and prints what that took: `child.js HOW SHAPE SIZE`. */
import { parse } from 'yaml';
import { checkRules, loadRules } from '../../dist/index.js';
import { loadNamespaceRules } from '../../dist/rules/namespace-rules.js';
import { shapes } from './shapes.js';

const [how, shape, size] = process.argv.slice(2);
const cluster = loadRules('version: 1\nrules: []\nnamespaceRules: {to: [m.example]}\n').ruleSet;
if (cluster === undefined) throw new Error('the rules are not valid');
const ways = {
  plain: (text) => parse(text),
  file: (text) => {
    const { ruleSet, diagnostics } = loadRules(text);
    return ruleSet === undefined ? diagnostics : [...diagnostics, ...checkRules(ruleSet)];
  },
  namespace: (text) => loadNamespaceRules(text, cluster).diagnostics,
};

const text = shapes[shape](Number(size));
// A reader of small files is warm by the time it matters: it has read the cluster's file, and those
// of others.
const runs = Number(size) <= 65_536 ? 60 : 1;
const times = [];
let result;
for (let run = 0; run < runs; run++) {
  const before = process.cpuUsage();
  result = ways[how](text);
  const { user, system } = process.cpuUsage(before);
  times.push((user + system) / 1000);
}
const warm = times.slice(runs >> 1).sort((a, b) => a - b);
const cpu = warm[warm.length >> 1];
const memory = process.resourceUsage().maxRSS / 1024;
const reported = how === 'plain' ? undefined : result.length;
console.log(JSON.stringify({ cpu, memory, reported, code: reported ? result[0].code : '' }));
