import { equal } from "node:assert/strict";
import { Access } from "../../src/admin/mod.ts";

Deno.test("the token alone, as Bearer, opens the door", () => {
  const access = new Access({ token: "open sesame".replace(" ", "-"), names: [] });
  const granted = ["Bearer open-sesame", "bearer  open-sesame"];
  const refused = [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "open-sesame",
    "Basic open-sesame",
    "Bearer open-sesam",
    "Bearer open-sesame2",
    "Bearer open-sesame, Bearer x",
    "Bearer OPEN-SESAME",
  ];
  for (const header of granted) equal(access.isGranted(header), true, header);
  for (const header of refused) equal(access.isGranted(header), false, header);
});

const OWN = [
  undefined,
  "localhost",
  "LOCALHOST:9090",
  "localhost.:9090",
  "127.0.0.1:9090",
  "127.1.2.3",
  "[::1]:9090",
  "[::1]",
];
const FOREIGN = [
  "",
  ":9090",
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example:9090",
  "2130706433",
  "0x7f.1",
  "localhost:9090:1",
  "user@localhost",
  "127.0.0.1 evil",
];

Deno.test("a request names this machine, or the address that the port is bound to", () => {
  const access = new Access({ token: "x", names: ["192.0.2.1", "Mona.example"] });
  const own = [...OWN, "192.0.2.1:9090", "mona.EXAMPLE"];
  const foreign = [...FOREIGN, "192.0.2.2", "[2001:db8::1]", "0.0.0.0"];
  for (const host of own) equal(access.isAddressed(host), true, host);
  for (const host of foreign) equal(access.isAddressed(host), false, host);
});

Deno.test("a port that is open at every address is asked by each, and by no foreign name", () => {
  for (const bind of ["0.0.0.0", "::"]) {
    const access = new Access({ token: "x", names: [bind] });
    const own = [...OWN, "192.0.2.1:9090", "[2001:db8::1]:9090"];
    for (const host of own) equal(access.isAddressed(host), true, host);
    for (const host of FOREIGN) equal(access.isAddressed(host), false, host);
  }
});
