/** The files of threads in a bundle of the program: `new Worker` names them, which no import does. */
export const threads = { 'large-rules-worker': 'src/server/following/large-rules-worker.ts' };
