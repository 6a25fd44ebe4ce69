import {
  formatTagAndDigest,
  nodeReference,
  type Reference,
} from '../../../src/reference/reference.ts';
import { defaultSettings, type TargetOptions } from '../../../src/target/contract/options.ts';
import type { Compiled, Target } from '../../../src/target/contract/target.ts';
import { type Case, corpus } from './corpus.ts';
import { expected } from './expected.ts';
import type { RecordingProxy } from './recording-proxy.ts';

/** The same corpus in each run of the gate; SEED=n looks elsewhere. */
const seed = Number(process.env.SEED ?? 11);
/** How many times as many rules files as in the gate. */
const scale = Number(process.env.SCALE ?? 1);

/** Holds the options with which targets are compiled. */
export const options: TargetOptions = { ...defaultSettings, name: 'test' };

/** Pull is what a program is to pull, with the number of the rules file that it belongs to. */
export interface Pull {
  readonly image: string;
  /**
   * As the kubelet's request, or a Dockerfile's, gets there: with Docker's defaultSettings filled
   * in.
   */
  readonly normalized: string;
  readonly object: string;
  /** Counts the rules files. */
  readonly file: number;
}

/** Comparison is what came of comparing a target with `decide`. */
export interface Comparison {
  /** How many were compared, and how many the target had reported as not expressible. */
  readonly compared: number;
  readonly reported: number;
  readonly differences: readonly Difference[];
}

interface Difference {
  readonly image: string;
  readonly should: readonly string[];
  readonly asked: readonly string[];
  readonly text: string;
}

/**
 * Compiles random rules files, lets `pull` pull random images with them, and compares who was asked
 * with what `decide` says. Every second file goes to the mirror only.
 */
export async function compare(
  target: Target,
  proxy: RecordingProxy,
  [files, imagesOfEach]: readonly [number, number],
  write: (file: number, documents: Compiled['documents']) => Promise<void>,
  pull: (pulls: readonly Pull[]) => Promise<void>,
): Promise<Comparison> {
  console.log(`${target.name}: SEED=${seed}`);
  const cases = corpus(seed, Math.ceil(files * scale), imagesOfEach);
  const compiled = compileAll(target, cases);
  for (const [file, { documents }] of compiled.entries()) await write(file, documents);
  const pulls = cases.flatMap(({ images }, file) =>
    images.map((each) => ({ ...each, normalized: normalize(each.image), file })),
  );
  await pull(pulls);

  const differences: Difference[] = [];
  let reported = 0;
  for (const { image, object, file } of pulls) {
    const { ruleSet, text } = cases[file] as Case;
    const wanted = expected(image, ruleSet, compiled[file]?.diagnostics ?? []);
    if (wanted === undefined) {
      reported += 1;
      continue;
    }
    const origin = wanted.origin === undefined ? [] : [wanted.origin];
    const isAlone =
      saysMirrorOnly(compiled[file], file) && !wanted.isLenient && wanted.mirrors.length > 0;
    const should = [...wanted.mirrors, ...(isAlone ? [] : origin)];
    const asked = proxy.askedFor(object);
    if (should.join() !== asked.join()) differences.push({ image, should, asked, text });
  }
  return { compared: pulls.length - reported, reported, differences };
}

function normalize(image: string): string {
  const reference = nodeReference(image) as Reference;
  return `${reference.registry}/${reference.repository}${formatTagAndDigest(reference)}`;
}

/**
 * Returns the part of the same rules files and images each time that the target can express: what
 * it reports would not be compared.
 */
export function expressiblePart(target: Target): number {
  const cases = corpus(1, 150, 25);
  const compiled = compileAll(target, cases);
  const expectations = cases.flatMap(({ images, ruleSet }, file) =>
    images.map(({ image }) => expected(image, ruleSet, compiled[file]?.diagnostics ?? [])),
  );
  return expectations.filter((each) => each !== undefined).length / expectations.length;
}

function compileAll(target: Target, cases: readonly Case[]): Compiled[] {
  return cases.map(({ ruleSet }, file) =>
    target.compile(ruleSet, { ...options, mirrorOnly: isMirrorOnly(file) }),
  );
}

function saysMirrorOnly(compiled: Compiled | undefined, file: number) {
  const cannot = compiled?.diagnostics.some(({ message }) => message.startsWith('mirror only:'));
  return isMirrorOnly(file) && !cannot;
}

function isMirrorOnly(file: number): boolean {
  return file % 2 === 1;
}
