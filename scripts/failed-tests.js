// Names what failed, or was skipped, in Vitest's JSON reports, with the start of each message: the end of a long
// log is what people see of it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const MESSAGE_LENGTH = 1_000;

for (const report of process.argv.slice(2)) {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { name, message, assertionResults } of testResults) {
    const file = path.relative(process.cwd(), name);
    // A file that did not load has no tests, only a message.
    if (assertionResults.length === 0 && message) print(file, 'did not run', message);
    for (const { fullName, status, failureMessages } of assertionResults) {
      if (status !== 'passed') print(file, `${fullName}: ${status}`, failureMessages.join('\n'));
    }
  }
}

function print(file, what, message) {
  console.log(`!! ${file}: ${what}\n${message.slice(0, MESSAGE_LENGTH).trimEnd()}`);
}
