import { attackServer, attackSession } from "./malformed.ts";

Deno.test("a server goes on serving while malformed datagrams pour in", async () => {
  await attackServer(6000, 1);
});

Deno.test("a session survives malformed chunks under its own keys", () => {
  attackSession(6000, 2);
});
