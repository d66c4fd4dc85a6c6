import { deepEqual, equal } from "node:assert/strict";
import { OnDemand } from "../../src/hub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

const PAUSE = 500;

function scene() {
  const clock = new FakeClock();
  const state = { isWanted: false, isPossible: true };
  const events: string[] = [];
  const onDemand = new OnDemand({
    clock,
    isWanted: () => state.isWanted,
    open: () => {
      if (!state.isPossible) return undefined;
      events.push("open");
      return { close: (reason) => void events.push(`close: ${reason}`) };
    },
    onIdle: () => void events.push("idle"),
  });
  const want = (isWanted: boolean) => {
    state.isWanted = isWanted;
    onDemand.look();
  };
  /** What happened since the last call. */
  const since = () => events.splice(0);
  return { clock, state, onDemand, want, since };
}

Deno.test("it is opened once when it is wanted, and closed once when it is not", () => {
  const { onDemand, want, since } = scene();
  want(true);
  want(true);
  deepEqual([since(), onDemand.isOpen], [["open"], true]);
  want(false);
  want(false);
  deepEqual(since(), ["close: no players left"]);
  onDemand.ended(PAUSE);
  deepEqual([since(), onDemand.isOpen], [["idle"], false]);
});

Deno.test("what is wanted again while it closes is opened as soon as it has ended", () => {
  const { onDemand, want, since } = scene();
  want(true);
  want(false);
  want(true);
  since();
  onDemand.ended(PAUSE);
  deepEqual(since(), ["open"]);
});

Deno.test("what has ended by itself is opened again after its pause, when it is wanted still", () => {
  const { clock, onDemand, want, since } = scene();
  want(true);
  onDemand.ended(PAUSE);
  want(true);
  clock.advance(PAUSE - 1);
  deepEqual(since(), ["open"]);
  clock.advance(1);
  deepEqual(since(), ["open"]);
  onDemand.ended(PAUSE);
  want(false);
  deepEqual(since(), []);
  clock.advance(PAUSE);
  deepEqual(since(), ["idle"]);
});

Deno.test("what cannot be opened now is tried at the next look", () => {
  const { state, want, since } = scene();
  state.isPossible = false;
  want(true);
  deepEqual(since(), ["idle"]);
  state.isPossible = true;
  want(true);
  deepEqual(since(), ["open"]);
});

Deno.test("a suspended one stays closed for its pause, wanted or not", () => {
  const { clock, onDemand, want, since } = scene();
  want(true);
  onDemand.suspend(PAUSE, "another comes");
  onDemand.ended(PAUSE);
  want(true);
  deepEqual(since(), ["open", "close: another comes"]);
  clock.advance(PAUSE);
  deepEqual(since(), ["open"]);
});

Deno.test("one that is closed for good opens no more", () => {
  const { clock, onDemand, want, since } = scene();
  want(true);
  onDemand.close("the server stops");
  onDemand.ended(PAUSE);
  want(true);
  clock.advance(PAUSE);
  deepEqual(since(), ["open", "close: the server stops"]);
  equal(onDemand.isOpen, false);
});
