import assert from "node:assert/strict";
import { parseTargets } from "../../src/cluster/link/target.ts";
import { isNear } from "../../src/cluster/link/trust.ts";

Deno.test("targets are read with their properties", () => {
  const { targets, bad } = parseTargets(
    "192.168.0.2:1936?name=master&x=a%20b; host.example:1;[::1]:99;",
  );
  assert.deepEqual(bad, []);
  assert.deepEqual(
    targets.map(({ hostname, port, address }) => [hostname, port, address]),
    [["192.168.0.2", 1936, "192.168.0.2:1936"], ["host.example", 1, "host.example:1"], [
      "::1",
      99,
      "[::1]:99",
    ]],
  );
  assert.deepEqual([...targets[0]!.properties], [["name", "master"], ["x", "a b"]]);
});

Deno.test("what is no host:port is given back, and a target named twice counts once", () => {
  const { targets, bad } = parseTargets("a:1;host;:5;b:0;c:70000;a:1?x=1;d e:5");
  assert.deepEqual(targets.map(({ address }) => address), ["a:1"]);
  assert.deepEqual(bad, ["host", ":5", "b:0", "c:70000", "d e:5"]);
});

Deno.test("only this machine and private networks are near", () => {
  for (
    const near of [
      "127.0.0.1:5",
      "10.1.2.3:5",
      "192.168.1.1:5",
      "172.16.0.1:5",
      "[::1]:5",
      "[fd00::1]:5",
      "169.254.1.1:5",
      "[::ffff:10.0.0.1]:5",
    ]
  ) assert.ok(isNear(near), near);
  for (const far of ["8.8.8.8:5", "172.32.0.1:5", "[2001:db8::1]:5", "0.0.0.0:5", "name:5"]) {
    assert.ok(!isNear(far), far);
  }
});
