import assert from "node:assert/strict";
import { test } from "node:test";
import { optional } from "../../src/base/optional.ts";

test("an optional package is loaded where it is installed; else the error says what to install, and why", () => {
  const { parse } = optional<{ parse: unknown }>("acorn", "everybody needs it");
  assert.equal(typeof parse, "function");
  assert.throws(() => optional("no-such-package", "s9:// paths need it"), {
    code: "DSTREAMS_DEPENDENCY",
    message: "The package no-such-package is not installed: s9:// paths need it. Run: npm install no-such-package",
  });
});
