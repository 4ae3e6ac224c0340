/** Every mistake on the command line: one line that names it and says what to do, exit code 1, no stack. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { dstreams, project } from "./support/run.ts";

const files = project({
  "ok.ts": "console.log('ran')",
  "syntax.ts": "const a = 1;\nconst b = ;\n",
  "syntax.mjs": "const a = 1;\nconst b = ;\n",
  "enum.ts": "enum A { X }\n",
  "package.ts": 'import "no-such-package";\n',
  "path.ts": 'import "./no-such-file.ts";\n',
  "bad.conf": "spark.executor.memory lots\n",
});
after(() => files.remove());

const mistakes: readonly (readonly [args: string[], line: RegExp])[] = [
  [["submit"], /^Error: Missing application resource\. Write: dstreams submit /],
  [["submit", "--frob", "ok.ts"], /^Error: Unrecognized option '--frob'\. Run with --help/],
  [["submit", "--mastr", "local", "ok.ts"], /^Error: Unrecognized option '--mastr'\. Did you mean --master\?/],
  [["submit", "--master"], /^Error: Missing argument for option '--master'\./],
  [["submit", "--conf", "novalue", "ok.ts"], /^Error: Spark config without '=': novalue\. Write --conf key=value\.$/],
  [["submit", "--master", "lokal", "ok.ts"], /^Error: Could not parse Master URL: 'lokal'\. Write local/],
  [["submit", "--conf", "spark.master=lokal", "ok.ts"], /^Error: Could not parse Master URL: 'lokal'/],
  [
    ["submit", "--master", "spark://host:7077", "--deploy-mode", "cluster", "ok.ts"],
    /^Error: Cluster deploy mode is not supported on standalone clusters, as for Python\./,
  ],
  [
    ["submit", "--master", "yarn", "--deploy-mode", "cluster", "--no-ship", "ok.ts"],
    /^Error: Where nothing is sent along, spark\.pyspark\.driver\.python has to say what starts the driver/,
  ],
  [
    ["submit", "--master", "yarn", "--deploy-mode", "cluster", "none.ts"],
    /^Error: There is no application file .*none\.ts/,
  ],
  [
    ["shell", "--master", "yarn", "--deploy-mode", "cluster"],
    /^Error: Cluster deploy mode is not applicable to Spark shells\./,
  ],
  [["submit", "--executor-memory", "lots", "ok.ts"], /^Error: spark\.executor\.memory should be a size.*'lots'/],
  [
    ["submit", "--total-executor-cores", "two", "ok.ts"],
    /^Error: spark\.cores\.max should be a whole number, but was 'two'/,
  ],
  [["submit", "--total-executor-cores", "0", "ok.ts"], /^Error: spark\.cores\.max should be at least 1, but was '0'/],
  [
    ["submit", "--properties-file", "none.conf", "ok.ts"],
    /^Error: Properties file none\.conf cannot be read: there is no/,
  ],
  [["submit", "--deploy-mode", "near", "ok.ts"], /^Error: --deploy-mode must be either "client" or "cluster"/],
  [
    ["submit", "--deploy-mode", "cluster", "ok.ts"],
    /^Error: Cluster deploy mode is not compatible with master "local\[\*\]"\./,
  ],
  [["submit", "--py-files", "a.zip", "ok.ts"], /^Error: --py-files is for Python applications;/],
  [["submit", "--class", "Main", "ok.ts"], /^Error: --class is for JVM applications;/],
  [["submit", "none.ts"], /^Error: There is no application file .*none\.ts\. Check the path/],
  [["submit", "."], /^Error: There is no application file /],
  [["submit", "syntax.ts"], /^Error: syntax\.ts:2: SyntaxError: .* Correct the program\.$/],
  [["submit", "syntax.mjs"], /^Error: syntax\.mjs:2: SyntaxError: Unexpected token ';'\. Correct the program\.$/],
  [["submit", "enum.ts"], /^Error: enum\.ts:1: SyntaxError: .*enum.* compile the program first\.$/],
  [["submit", "package.ts"], /^Error: Cannot find package 'no-such-package'.*Install it with npm\.$/],
  [["submit", "path.ts"], /^Error: Cannot find module .*no-such-file\.ts.*Correct the path/],
  [["shell", "app.ts"], /^Error: Too many arguments\./],
  [["shell", "--master", "lokal"], /^Error: Could not parse Master URL: 'lokal'/],
  [["frob"], /^Error: Unknown command 'frob'\. There are: submit, shell, version\.$/],
];

describe("mistakes", { concurrency: 2 }, () => {
  for (const [args, line] of mistakes) {
    test(args.join(" "), async () => {
      const { code, stdout, stderr } = await dstreams(args, { cwd: files.directory });
      assert.match(stderr.trimEnd(), line);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      assert.equal(stdout, "");
      assert.equal(code, 1);
    });
  }
});

test("without a command the help, and exit code 1", async () => {
  const { code, stderr } = await dstreams([]);
  assert.match(stderr, /Usage: dstreams[^]*submit[^]*shell/);
  assert.equal(code, 1);
});

test("a mistake with --verbose has its stack", async () => {
  const { code, stderr } = await dstreams(["submit", "--verbose", "--master", "lokal", files.path("ok.ts")]);
  assert.match(stderr, /Could not parse Master URL: 'lokal'[^]*\n +at parseMaster/);
  assert.equal(code, 1);
});
