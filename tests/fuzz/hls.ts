import assert from "node:assert/strict";
import { readDirectives } from "../../src/protocols/hls/directives.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1 } from "./outcome.ts";
import { texts } from "./seeds.ts";

const directives: Fuzzer = {
  name: "HLS directives",
  seeds: texts(
    "_HLS_msn=5&_HLS_part=2",
    "_HLS_msn=5&_HLS_skip=YES",
    "_HLS_part=2",
    "_HLS_msn=-1&_HLS_skip=v2",
    "_HLS_msn=999999999999999&_HLS_msn=1&key=a",
  ),
  check(bytes) {
    const read = readDirectives(latin1(bytes));
    if (read === undefined) return "refused";
    const { segment, part, isDelta } = read;
    for (const number of [segment, part]) {
      assert.ok(number === undefined || Number.isSafeInteger(number) && number >= 0);
    }
    assert.ok(part === undefined || segment !== undefined);
    return [segment === undefined, part === undefined, isDelta].join(" ");
  },
};

export const hlsFuzzers: readonly Fuzzer[] = [directives];
