/** Thrown when columns would not be exact, or it would take long to find out: then rows are written. See columns.ts. */
export class Entangled extends Error {}
