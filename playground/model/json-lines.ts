import { findImages, type Manifest } from '../../src/manifest/find-images.ts';

/** Reports whether a text has several JSON objects, each on its line. */
export function isJsonLines(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 1 && lines.every((line) => /^\s*\{.*\}\s*$/.test(line));
}

/** Finds the images of JSON lines, which are not one YAML text: each line is read for itself. */
export function findImagesInLines(text: string): Manifest {
  const found = { images: [], podSpecs: [], documents: [], errors: [] } as Mutable<Manifest>;
  let offset = 0;
  for (const [above, line] of text.split('\n').entries()) {
    const { images, podSpecs, documents, errors } = findImages(line);
    const before = found.documents.length;
    for (const each of images) {
      const [start, end] = [each.start + offset, each.end + offset];
      found.images.push({ ...each, start, end, line: above + 1, document: before + each.document });
    }
    for (const each of podSpecs) found.podSpecs.push({ ...each, document: before + each.document });
    if (line.trim() !== '') found.documents.push(...documents);
    for (const each of errors) found.errors.push({ ...each, line: above + 1 });
    offset += line.length + 1;
  }
  return found;
}

type Mutable<Value> = {
  -readonly [Key in keyof Value]: Value[Key] extends readonly (infer Item)[] ? Item[] : Value[Key];
};
