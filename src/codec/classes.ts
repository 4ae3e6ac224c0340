/**
 * Classes of records. An instance travels as the id of its class and its own properties; what a class is, and how it gets to
 * where the instance is needed, is not known here: a class table says it.
 */
import { DStreamsError } from "../base/errors.ts";

/** A class, as far as this folder needs one. */
export interface ClassLike {
  readonly name: string;
  readonly prototype: object;
}

export interface ClassTable {
  /** The id under which `classOf` finds the class again, elsewhere. Throws when the class cannot travel. */
  idOf(constructor: ClassLike): string;
  /** The class, or undefined when it has not arrived here yet. */
  classOf(id: string): ClassLike | undefined;
}

/** One table a thread; without one, instances of classes are refused. */
let table: ClassTable | undefined;

/** Says how instances of classes travel in this thread; undefined: not at all (the default). Returns the table before. */
export function setClassTable(next: ClassTable | undefined): ClassTable | undefined {
  const before = table;
  table = next;
  return before;
}

export function classTable(): ClassTable | undefined {
  return table;
}

/** A block holds an instance of a class that this thread does not know. Make the class known, then decode again. */
export class MissingClassError extends DStreamsError {
  readonly classId: string;

  constructor(classId: string) {
    super(
      "DSTREAMS_RECORD",
      `A record is an instance of a class that is not known here (class id ${JSON.stringify(classId)}).`,
    );
    this.name = "MissingClassError";
    this.classId = classId;
  }
}
