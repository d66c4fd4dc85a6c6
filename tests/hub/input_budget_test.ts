import { deepEqual, equal } from "node:assert/strict";
import { InputBudget } from "../../src/hub/mod.ts";

function budget(address: number, all: number, uncounted?: number) {
  const told: string[] = [];
  const inputs = new InputBudget(
    { address, all, ...(uncounted === undefined ? {} : { uncounted }) },
    (text, host) => void told.push(host === undefined ? text : `${host}: ${text}`),
  );
  return { inputs, told };
}

Deno.test("all addresses share a budget, and what one holds alone is never refused", () => {
  const { inputs, told } = budget(10, 250, 0);
  const [one, two] = [inputs.open("192.0.2.1:1"), inputs.open("192.0.2.2:1")];
  equal(one.takeRoom(100), undefined);
  equal(one.takeRoom(20), undefined);
  equal(two.takeRoom(100), undefined);
  for (const address of ["192.0.2.3:1", "192.0.2.4:1"]) {
    equal(inputs.open(address).takeRoom(100), "all");
  }
  equal(inputs.bytes, 220);
  deepEqual(told, ["unfinished input refused: more than 250 bytes, [limits] input"]);
  one.end();
  one.end();
  equal(one.takeRoom(50), undefined);
  equal(inputs.bytes, 100);
  equal(inputs.hosts, 1);
  two.end();
  equal(inputs.hosts, 0);
});

Deno.test("connections of one address share its budget, and give back what became whole", () => {
  const { inputs, told } = budget(1_000_000, 0);
  const [one, two] = [1, 2].map((port) => inputs.open(`[2001:db8::1]:${port}`));
  equal(one!.hold(65_536), undefined);
  equal(inputs.bytes, 0);
  equal(one!.hold(600_000), undefined);
  equal(two!.hold(600_000), "address");
  equal(two!.hold(300_000), undefined);
  equal(two!.hold(500_000), "address");
  equal(inputs.bytes, 900_000);
  equal(one!.hold(20), undefined);
  equal(inputs.bytes, 300_000);
  equal(two!.hold(900_000), undefined);
  deepEqual(told, [
    "2001:db8::1: unfinished input refused: more than 1000000 bytes of one address, [limits] addressInput",
  ]);
});
