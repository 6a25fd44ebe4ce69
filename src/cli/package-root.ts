/** packageRoot is the folder that has package.json and dist. */
export const packageRoot = new URL('../../', import.meta.url);
