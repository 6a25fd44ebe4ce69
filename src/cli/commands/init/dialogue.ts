import { createInterface, type Interface } from 'node:readline';
import type { Terminal } from '../../terminal.ts';
import { type LayoutName, layoutNames, layouts } from './layouts.ts';
import { guessLayout, mirrorMistake } from './new-rules.ts';

/** Answers are what a rules file is written from. */
export interface Answers {
  readonly mirror: string;
  readonly layout: LayoutName;
}

/** Reports whether there is a person to ask. */
export function canAsk({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/**
 * Asks for what is not known yet, on standard error: standard output may be the file. Returns
 * undefined if the person gives up (Ctrl-C or Ctrl-D).
 */
export async function askAnswers(
  known: Partial<Answers>,
  { stdin, stderr }: Terminal,
): Promise<Answers | undefined> {
  const conversation = new Conversation(stdin, stderr);
  try {
    const mirror = known.mirror ?? (await askMirror(conversation));
    if (mirror === undefined) return undefined;
    const layout = known.layout ?? (await askLayout(guessLayout(mirror), conversation));
    return layout && { mirror, layout };
  } finally {
    conversation.end();
  }
}

async function askMirror(conversation: Conversation): Promise<string | undefined> {
  for (;;) {
    const mirror = await conversation.ask('Your mirror, such as harbor.corp.example: ');
    const mistake = mirror === undefined ? undefined : mirrorMistake(mirror);
    if (mistake === undefined) return mirror;
    conversation.say(mistake);
  }
}

async function askLayout(
  usual: LayoutName,
  conversation: Conversation,
): Promise<LayoutName | undefined> {
  conversation.say('\nWhere does it have the images?');
  for (const [index, name] of layoutNames.entries())
    conversation.say(`  ${index + 1}  ${name.padEnd(8)}${layouts[name].title}`);
  for (;;) {
    const answer = await conversation.ask(`Layout [${usual}]: `);
    if (answer === undefined) return undefined;
    if (answer === '') return usual;
    const chosen = layoutNames.find((name, at) => answer === name || answer === String(at + 1));
    if (chosen !== undefined) return chosen;
    conversation.say(`"${answer}" is not a layout: type one of the names or numbers above`);
  }
}

/** Conversation asks a person questions, one line each. */
class Conversation {
  readonly #output: Terminal['stderr'];
  readonly #lines: Interface;
  /** Keeps lines that come before they are asked for, such as pasted ones. */
  readonly #answers: AsyncIterator<string>;
  #isOver = false;

  constructor(input: Terminal['stdin'], output: Terminal['stderr']) {
    this.#output = output;
    this.#lines = createInterface({ input, output });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#lines.on('SIGINT', () => this.#lines.close());
    this.#lines.on('close', () => {
      this.#isOver = true;
    });
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }

  /** Returns the answer without blanks around it; undefined if the input ends. */
  async ask(question: string): Promise<string | undefined> {
    this.#lines.setPrompt(question);
    if (!this.#isOver) this.#lines.prompt();
    const { done, value } = await this.#answers.next();
    return done ? undefined : value.trim();
  }

  end(): void {
    this.#lines.close();
  }
}
