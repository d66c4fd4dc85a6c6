import { equal, match, notEqual, throws } from "node:assert/strict";
import { keepToken } from "../../src/server/admin_token.ts";

function inFolder(run: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const modeOf = (file: string) => Deno.statSync(file).mode! & 0o777;

Deno.test("a token is made once, in a file that only its owner may read", () =>
  inFolder((folder) => {
    const made = keepToken(`${folder}/data`);
    match(made.token, /^[\da-f]{48}$/);
    equal(made.isNew, true);
    equal(modeOf(made.file), 0o600);
    const kept = keepToken(`${folder}/data`);
    equal(kept.token, made.token);
    equal(kept.isNew, false);
    notEqual(keepToken(`${folder}/other`).token, made.token);
  }));

Deno.test("a file that is there and empty, for all to read, is filled for its owner alone", () =>
  inFolder((folder) => {
    const file = `${folder}/admin.token`;
    Deno.writeTextFileSync(file, "\n", { mode: 0o644 });
    const { token, isNew } = keepToken(folder);
    equal(isNew, true);
    equal(modeOf(file), 0o600);
    equal(Deno.readTextFileSync(file), `${token}\n`);
  }));

Deno.test("without a place for it there is no token", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/data`, "a file");
    throws(() => keepToken(`${folder}/data`));
  }));
