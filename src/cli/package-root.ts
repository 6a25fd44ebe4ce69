/** packageRoot is the folder that has package.json and dist, as seen from src/cli and dist/program. */
export const packageRoot = new URL('../../', import.meta.url);
