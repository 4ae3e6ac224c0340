/**
 * Finds the programs in documentation.
 *
 *     ```ts              a program: checked and run
 *     ```ts no-run       only checked
 *     ```ts continue     goes on where the block before it in the same file ended
 *     ```text            right after a program: what it prints; `...` stands for anything
 *     ```text no-check   an output that cannot be compared
 */

export interface Program {
  /** Path from the root of the project. */
  readonly file: string;
  /** Line of the first line of code, from 1. */
  readonly line: number;
  /** The code, on the lines it has in the file: tsc's and Node's messages then point into the documentation. */
  readonly code: string;
  readonly run: boolean;
  readonly output: string | undefined;
}

interface Block {
  readonly language: string;
  readonly flags: readonly string[];
  readonly line: number;
  readonly lines: readonly string[];
  /** True when only blank lines are between it and the block before. */
  readonly adjacent: boolean;
}

/** The programs of a Markdown file or, in their docstrings, of a source file. */
export function programsOf(file: string, text: string): Program[] {
  const programs: Program[] = [];
  for (const block of blocksOf(file.endsWith(".md") ? text.split("\n") : docstringLines(text))) {
    const previous = programs.at(-1);
    const isOutput = block.language === "text" && block.adjacent && !block.flags.includes("no-check");
    if (isOutput && previous !== undefined && previous.output === undefined) {
      programs[programs.length - 1] = { ...previous, output: block.lines.join("\n") };
    }
    if (block.language !== "ts") continue;
    const own = {
      file,
      line: block.line,
      code: [...Array<string>(block.line - 1).fill(""), ...block.lines].join("\n"),
      run: !block.flags.includes("no-run"),
      output: undefined,
    };
    if (!block.flags.includes("continue")) programs.push(own);
    else if (previous === undefined) throw new Error(`${file}:${block.line} continues nothing`);
    else
      programs[programs.length - 1] = { ...previous, code: joined(previous.code, block), run: previous.run && own.run };
  }
  return programs;
}

function joined(code: string, block: Block): string {
  const before = code.split("\n");
  return [...before, ...Array<string>(block.line - 1 - before.length).fill(""), ...block.lines].join("\n");
}

/** Lines inside of docstrings without their ` * `; all others empty, so that numbers stay. */
function docstringLines(text: string): string[] {
  let inside = false;
  return text.split("\n").map(line => {
    if (/^\s*\/\*\*/.test(line)) inside = true;
    const content = inside ? line.replace(/^\s*(?:\/\*\*|\*(?!\/)) ?/, "").replace(/\s*\*\/.*$/, "") : "";
    if (line.includes("*/")) inside = false;
    return content;
  });
}

function* blocksOf(lines: readonly string[]): Generator<Block> {
  let adjacent = false;
  for (let i = 0; i < lines.length; i++) {
    const [, indent = "", language = "", flags = ""] = /^(\s*)```(\w+)?(.*)$/.exec(lines[i] ?? "") ?? [];
    if (!(lines[i] ?? "").trim().startsWith("```")) {
      if ((lines[i] ?? "").trim() !== "") adjacent = false;
      continue;
    }
    const start = i + 1;
    do i++;
    while (i < lines.length && (lines[i] ?? "").trim() !== "```");
    const body = lines
      .slice(start, i)
      .map(line => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
      // Only the first line of a file may be a hashbang.
      .map(line => line.replace(/^#!/, "//"));
    yield { language, flags: flags.trim().split(/\s+/), line: start + 1, lines: body, adjacent };
    adjacent = true;
  }
}
