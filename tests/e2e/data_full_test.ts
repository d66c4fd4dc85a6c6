import assert from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { DataError, DataStore } from "../../src/services/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

async function run(command: string, ...args: string[]): Promise<boolean> {
  const options = { args, stdout: "null", stderr: "null" } as const;
  return (await new Deno.Command(command, options).output()).success;
}

/** Runs a test with a file system of 1 MB of its own; false when none can be mounted. */
async function withSmallDisk(test: (folder: string) => Promise<void>): Promise<boolean> {
  const folder = Deno.makeTempDirSync({ prefix: "disk" });
  try {
    if (!await run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)) return false;
    try {
      await test(folder);
    } finally {
      await run("umount", folder);
    }
    return true;
  } finally {
    Deno.removeSync(folder);
  }
}

/** Only root may mount a file system, and not in every container. */
const ignore = !await withSmallDisk(() => Promise.resolve());

function testOnSmallDisk(name: string, test: (folder: string) => Promise<void>): void {
  Deno.test({ name, ignore, fn: async () => void await withSmallDisk(test) });
}

testOnSmallDisk(
  "data on a full disk is an error for the script, and goes on when there is room",
  async (folder) => {
    const [clock, log] = [new FakeClock(), new CaptureLog()];
    Deno.writeFileSync(`${folder}/ballast`, new Uint8Array(400_000));
    const store = DataStore.open({ directory: folder, clock, log });
    let count = 0;
    assert.throws(() => {
      for (;; count++) {
        store.root.set(`key${count}`, "x".repeat(1000));
        if (count % 50 === 49) store.write();
      }
    }, DataError);
    assert.ok(count > 50);
    Deno.removeSync(`${folder}/ballast`);
    clock.advance(1000);
    assert.equal(store.failure, undefined);
    store.root.set("last", "1");
    await store.close();
    const again = DataStore.open({ directory: folder, clock, log });
    assert.equal(again.root.size, count + 1);
    await again.close();
    assert.equal(log.at("NOTE").length, 1);
    assert.equal(log.at("ERROR").length, 1);
  },
);

testOnSmallDisk(
  "data in a read-only folder is read, and writing it is an error for the script",
  async (folder) => {
    const log = new CaptureLog();
    const store = DataStore.open({ directory: folder, clock: systemClock, log });
    store.root.set("a", "1");
    await store.close();
    assert.ok(await run("mount", "-o", "remount,ro", folder));
    const again = DataStore.open({ directory: folder, clock: systemClock, log });
    assert.equal(again.root.get("a"), "1");
    assert.throws(() => again.root.set("b", "2"), DataError);
    assert.equal(log.at("ERROR").length, 1);
    await again.close();
  },
);
