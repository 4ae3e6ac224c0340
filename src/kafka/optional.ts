import { DStreamsError } from "../base/errors.ts";

/** A package that only some programs need. The error says how to get it. */
export async function importOptional<M>(name: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new DStreamsError(
      "DSTREAMS_DEPENDENCY",
      `The package ${name} is not installed. It comes with dstreams only for those who use it: npm install ${name}`,
      { cause: error },
    );
  }
}
