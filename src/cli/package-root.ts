/** The folder with package.json and dist. */
export const packageRoot = new URL('../../', import.meta.url);
