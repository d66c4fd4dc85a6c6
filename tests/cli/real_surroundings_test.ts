import { equal } from "node:assert/strict";
import { realSurroundings } from "../../src/cli/surroundings.ts";

/** The machine of this test; `said` is what it printed. */
function surroundings() {
  const said: string[] = [];
  const around = realSurroundings("/root-of-it", {
    write: (text) => void said.push(text),
    colour: true,
  });
  return { around, said };
}

Deno.test("the real surroundings are those of this process", async () => {
  const { around, said } = surroundings();
  equal(around.cwd, Deno.cwd());
  equal(around.executable, Deno.execPath());
  equal(around.root, "/root-of-it");
  equal(around.isStandalone, false);
  around.out("text");
  equal(said.join(), "text");
  await around.echoes();
});

Deno.test({
  name: "a signal is handed over by its name, until it is no longer waited for",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { around } = surroundings();
    const heard = Promise.withResolvers<string>();
    const forget = around.onSignal((name) => heard.resolve(name));
    // A handler alone does not keep the event loop going.
    const alive = setInterval(() => {}, 1_000);
    Deno.kill(Deno.pid, "SIGTERM");
    equal(await heard.promise, "SIGTERM");
    clearInterval(alive);
    forget();
  },
});

Deno.test("errors that nothing catches are handed over", async () => {
  const { around } = surroundings();
  const errors: unknown[] = [];
  const forget = around.onStray((error) => void errors.push(error));
  const event = new ErrorEvent("error", { error: "of an event", cancelable: true });
  globalThis.dispatchEvent(event);
  void Promise.reject("of a promise");
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  forget();
  equal(errors.join(), "of an event,of a promise");
  equal(event.defaultPrevented, true);
});
