import assert from "node:assert/strict";
import { BanList, Client, CLOSED_WRITER, Hub } from "../../src/hub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { NO_ARGS } from "./scene.ts";

const bannedBy: [ban: string, banned: string[], free: string[]][] = [
  ["192.0.2.1", ["192.0.2.1", "::ffff:192.0.2.1"], ["192.0.2.2", "::1", ""]],
  ["192.0.2.1:5000", ["192.0.2.1"], ["192.0.2.2"]],
  ["::ffff:192.0.2.1", ["192.0.2.1"], ["192.0.2.2"]],
  ["2001:DB8::0:1", ["2001:db8::1", "2001:db8:0::1"], ["2001:db8::2"]],
  ["[2001:db8::1]:443", ["2001:db8::1"], ["2001:db8::2"]],
  ["fe80::1", ["fe80::1%eth0"], ["fe80::2%eth0"]],
  ["10.1.2.3/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.0.0.1"], ["11.0.0.0", "::1"]],
  ["192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127"]],
  ["0.0.0.0/0", ["1.2.3.4"], ["::1"]],
  ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::", "10.0.0.1"]],
  ["::ffff:10.0.0.0/104", ["10.9.9.9"], ["11.0.0.1"]],
  ["::/0", ["::1"], ["127.0.0.1"]],
];

for (const [ban, banned, free] of bannedBy) {
  Deno.test(`a ban of ${ban} holds for what it names and nothing else`, () => {
    const bans = new BanList();
    bans.ban("203.0.113.1");
    bans.unban("203.0.113.1");
    bans.ban("203.0.113.2");
    assert.deepEqual([...banned, ...free].filter((host) => bans.isBanned(host)), []);
    bans.ban(ban);
    assert.deepEqual(banned.filter((host) => !bans.isBanned(host)), []);
    assert.deepEqual(free.filter((host) => bans.isBanned(host)), []);
    assert.equal(bans.entries.length, 2);
    bans.unban(ban);
    assert.deepEqual(banned.filter((host) => bans.isBanned(host)), []);
    assert.deepEqual(bans.entries, ["203.0.113.2"]);
  });
}

Deno.test("a ban is refused when it is neither address nor range", () => {
  const bans = new BanList();
  const texts = ["", "host.example", "1", "0x7f.1", "1.2.3", "256.1.1.1", "1.2.3.4/33", "::/129"];
  for (const text of [...texts, "1.2.3.4/", "1.2.3.4/8/8", "/8", "1.2.3.4/x", "[::1", "::1]:2"]) {
    assert.throws(() => bans.ban(text), TypeError, text);
  }
  assert.deepEqual(bans.entries, []);
});

Deno.test("watchers of the bans run once after the event that banned", async () => {
  const bans = new BanList();
  let count = 0;
  const end = bans.watch(() => count++);
  bans.ban("192.0.2.1");
  bans.ban("192.0.2.2");
  assert.equal(count, 0);
  await Promise.resolve();
  assert.equal(count, 1);
  end();
  bans.ban("192.0.2.3");
  await Promise.resolve();
  assert.equal(count, 1);
});

Deno.test("a ban closes the clients that it holds for, of every protocol", async () => {
  const hub = new Hub({ clock: new FakeClock() });
  const closed: string[] = [];
  for (const address of ["192.0.2.1:1", "192.0.2.2:1", "[::ffff:192.0.2.1]:1", "[2001:db8::1]:1"]) {
    const client = new Client({
      protocol: "RTMFP",
      address,
      path: "",
      query: "",
      properties: new Map(),
    });
    client.writer = { ...CLOSED_WRITER, close: () => closed.push(address) };
    hub.connect(client, NO_ARGS);
  }
  hub.bans.ban("192.0.2.1");
  hub.bans.ban("2001:db8::/32");
  await Promise.resolve();
  assert.deepEqual(closed, ["192.0.2.1:1", "[::ffff:192.0.2.1]:1", "[2001:db8::1]:1"]);
});
