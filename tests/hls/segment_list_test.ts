import { equal } from "node:assert/strict";
import { silentLog } from "../../src/logs/mod.ts";
import type { Segment } from "../../src/protocols/hls/segment.ts";
import { SegmentList } from "../../src/protocols/hls/segment_list.ts";
import { SegmentStore } from "../../src/protocols/hls/segment_store.ts";
import { MemoryStorage } from "../recordings/memory_storage.ts";
import { settled } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";

const PART = new Uint8Array(10_000);
const SIZE = 2 * PART.length;

function segment(number: number): Segment {
  return {
    number,
    init: undefined,
    isDiscontinuous: false,
    time: number * 2000,
    duration: 0,
    parts: [],
    firstPart: number * 2,
    size: 0,
    isIndependent: false,
    isComplete: false,
    isRest: false,
    date: undefined,
    lines: undefined,
    stored: undefined,
  };
}

/** A list, and segments of two seconds and two parts that are added to it. */
function filled(window: number, memory: number, storage?: MemoryStorage, maxSize = 1e9) {
  const clock = new FakeClock();
  const store = storage &&
    new SegmentStore({ storage, folder: "/hls", maxSize, minFree: 0, clock, log: silentLog });
  let lost = 0;
  const list = new SegmentList({ count: 4, window, memory, store }, () => lost++);
  let number = 0;
  const add = async (count: number, look: () => void = () => {}) => {
    for (const end = number + count; number < end; number++) {
      const next = segment(number);
      list.push(next);
      for (let part = 0; part < 2; part++) {
        list.grow(next, { bytes: PART, duration: 1000, isIndependent: part === 0 });
        look();
      }
      next.isComplete = true;
      await settled();
    }
  };
  const numbers = () => list.listed.map(({ number }) => number);
  return { clock, store, list, add, numbers, lost: () => lost };
}

Deno.test("a window of an hour is listed whole, of which memory holds no more than it may", async () => {
  const storage = new MemoryStorage();
  const { list, store, add, numbers } = filled(3_600_000, 200_000, storage);
  let most = 0;
  await add(2500, () => most = Math.max(most, list.held));
  // What is added last goes beyond by itself at most.
  equal(most <= 200_000, true, `${most} bytes`);
  equal(numbers().length, 1800);
  equal(numbers().at(-1), 2499);
  // Half a minute is kept after it has left.
  const kept = 1800 + 15;
  const outside = kept - 200_000 / SIZE;
  equal(Math.abs(store!.size - outside * SIZE) <= 2 * SIZE, true, `${store!.size} bytes`);
  equal(Math.abs(storage.paths.length - outside) <= 3, true, `${storage.paths.length} files`);
  list.clear();
  await store!.close();
  equal(storage.paths.length, 0);
});

Deno.test("without a disk the window is as long as memory allows", async () => {
  const { list, add, numbers } = filled(3_600_000, 200_000);
  await add(100);
  equal(list.held <= 200_000, true);
  equal(numbers().length, 10);
});

Deno.test("when the disk has all that it may have, the oldest leaves and the list has no hole", async () => {
  const storage = new MemoryStorage();
  const { store, list, add, numbers } = filled(3_600_000, 200_000, storage, 50 * SIZE);
  await add(100);
  equal(store!.size, 50 * SIZE);
  equal(numbers().length, 60);
  equal(numbers()[0], 40);
  equal(list.segment(40)?.stored?.size, SIZE);
  equal(list.segment(39), undefined);
});

Deno.test("a disk that breaks costs what it has not taken and what is before, and is tried again", async () => {
  const storage = new MemoryStorage();
  const { clock, add, numbers, lost, list } = filled(3_600_000, 200_000, storage);
  await add(20);
  equal(numbers()[0], 0);
  storage.failure = "No space left on device";
  await add(5);
  equal(numbers().length <= 11 && numbers().length >= 10, true, `${numbers()}`);
  equal(lost(), 1);
  equal(list.held <= 200_000, true);
  storage.failure = undefined;
  clock.advance(31_000);
  await add(20);
  equal(numbers().length >= 30, true, `${numbers().length}`);
});

Deno.test("a disk that stands still takes what may wait for it, and memory does not grow", async () => {
  const storage = new MemoryStorage();
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = { ...silentLog, warn: (text: string) => void lines.push(text) };
  const store = new SegmentStore({
    storage,
    folder: "/hls",
    maxSize: 1e12,
    minFree: 0,
    clock,
    log: Object.assign(Object.create(silentLog), log),
  });
  await settled();
  storage.stall();
  const large = new Uint8Array(10_000_000);
  let lost = 0;
  let taken = 0;
  for (let count = 0; count < 100; count++) {
    if (store.put([large], () => lost++) !== undefined) taken++;
  }
  equal(`${taken} ${lost} ${store.size} ${lines.length}`, "6 6 0 1");
  equal(lines[0], "/hls is too slow; players seek back as far as memory goes");
  storage.go();
  await settled();
  equal(storage.paths.length, 0);
});

Deno.test("files of a server that was killed are removed, and those of others are not", async () => {
  const storage = new MemoryStorage();
  storage.put("/hls/old-1.segment", "x");
  storage.put("/hls/notes.txt", "x");
  const { store } = filled(60_000, 1, storage);
  await settled();
  equal(storage.paths.join(), "/hls/notes.txt");
  await store!.close();
  equal(storage.paths.join(), "/hls/notes.txt");
});

Deno.test("while the disk has less free than is left to others, the oldest segments make room", async () => {
  const storage = new MemoryStorage();
  const clock = new FakeClock();
  const options = { storage, folder: "/hls", maxSize: 1e9, clock, log: silentLog };
  const store = new SegmentStore({ ...options, minFree: 1_000_000 });
  const lost: number[] = [];
  const put = async (number: number) => {
    const stored = store.put([PART], () => lost.push(number));
    await settled();
    return stored !== undefined;
  };
  storage.freeBytes = 2_000_000;
  for (let number = 0; number < 4; number++) await put(number);
  storage.freeBytes = 1_000_000 - PART.length;
  await put(4);
  equal(`${lost} ${storage.paths.length}`, "0,1 3");
  // Nothing can go any more: what comes is lost, and the disk is left alone for a while.
  storage.freeBytes = 0;
  await put(5);
  equal(await put(6), false);
});
