// Names what failed, or was skipped, in Vitest's JSON reports, with the start of each message: the
// end of a long log is what people see of it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const maxMessageLength = 1_000;

for (const report of process.argv.slice(2)) {
  try {
    printFailed(JSON.parse(readFileSync(report, 'utf8')));
  } catch (error) {
    console.log(`!! ${report} cannot be read: ${/** @type {Error} */ (error).message}`);
  }
}

function printFailed({ testResults }) {
  for (const { name, message, assertionResults } of testResults) {
    const file = path.relative(process.cwd(), name);
    // Of what is around the tests: a file that did not load, a hook.
    if (message) print(file, 'failed outside of its tests', message);
    for (const { fullName, status, failureMessages } of assertionResults) {
      // Vitest says no more of a hook within a describe.
      const why = failureMessages.join('\n') || '(the log says why)';
      if (status !== 'passed') print(file, `${fullName}: ${status}`, why);
    }
  }
}

function print(file, what, message) {
  console.log(`!! ${file}: ${what}\n${message.slice(0, maxMessageLength).trimEnd()}`);
}
