import { scanArchive } from './archive-scan.ts';
import { LayoutError } from './layout-files.ts';
import { type PartedFile, WrongPart } from './parted-file.ts';

/**
 * Waits until a file is open.
 *
 * @throws LayoutError that names parts of another archive, if they follow a whole one
 */
export async function withoutOthers(opening: Promise<PartedFile>): Promise<PartedFile> {
  try {
    return await opening;
  } catch (error) {
    if (!(error instanceof WrongPart) || !(await isWhole(error.before))) throw error;
    const { last, others } = error;
    const [are, them] = others.length === 1 ? ['is', 'it'] : ['are', 'them'];
    throw new LayoutError(
      `the archive ends with ${last}, and ${others.join(', ')} ${are} of another one, such as an earlier export: remove ${them}`,
    );
  }
}

async function isWhole(file: PartedFile): Promise<boolean> {
  try {
    const { hasEnd, indexes } = await scanArchive(file);
    return hasEnd && indexes.length > 0;
  } catch (error) {
    if (error instanceof LayoutError) return false;
    throw error;
  } finally {
    await file.close();
  }
}
