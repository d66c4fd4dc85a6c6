import { deepEqual, equal, throws } from "node:assert/strict";
import { adopt, loadConfig } from "../../src/config/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { applySettings, creationRates, liveRules } from "../../src/server/apply_settings.ts";
import { AVC_CONFIG, CountingSink, INTER, KEY, PUBLISHER, setUp } from "../hub/scene.ts";
import { decided } from "../support/decided.ts";

const load = (text: string) => loadConfig({ ini: { file: "my.ini", text } }).config;

/** Settings that change, and what holds copies of them. */
function scene(text: string) {
  const config = load(text);
  const { hub, connect } = setUp({ ...liveRules(config), rates: creationRates(config) });
  const http = { ...config.HTTP, maxText: 7 };
  const sockets = { ...config.WebSocket, maxText: 7 };
  const log = { level: config.logs.level };
  const renewed: string[] = [];
  const users = {
    hub: hub as Hub,
    http,
    sockets,
    access: { renew: () => renewed.push("access") > 1 },
    relays: { renew: () => void renewed.push("relays") },
  };
  const change = (text: string) => {
    const fresh = load(text);
    const changed = new Set(adopt(config, fresh).map(({ path }) => path));
    return applySettings({ config, log }, users, fresh, changed);
  };
  return { hub, connect, http, sockets, log, renewed, change };
}

Deno.test("changed settings reach those that hold copies, and their own values stay", () => {
  const { http, sockets, log, renewed, change } = scene("");
  deepEqual(
    change("[HTTP]\nmaxBody=9\nport=1\n[WebSocket]\nmaxMessage=2048\n[logs]\nlevel=WARN"),
    ["record"],
  );
  deepEqual([http.maxBody, http.port, http.maxText], [9, 80, 7]);
  deepEqual([sockets.maxMessage, sockets.maxText], [2048, 7]);
  deepEqual([log.level, renewed], ["WARN", ["relays", "access"]]);
});

Deno.test("a level that an operator chose stays until the settings name another one", () => {
  const { log, change } = scene("");
  log.level = "DEBUG";
  change("[live]\ngop=true");
  equal(log.level, "DEBUG");
  change("[live]\ngop=true\n[logs]\nlevel=WARN");
  equal(log.level, "WARN");
});

Deno.test("new limits hold for players that come, those that play keep theirs", () => {
  const { hub, connect, change } = scene("[live]\ncutLimit=8000000");
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  const play = () => {
    const sink = new CountingSink();
    decided(hub.subscribe(connect(), "film", sink));
    return sink;
  };
  const before = play();
  change("[live]\nvideoLimit=10000\naudioLimit=20000\ncutLimit=30000");
  const after = play();
  publication.video(0, AVC_CONFIG);
  publication.video(0, KEY);
  for (let count = 0; count < 800; count++) {
    publication.video(count, new Uint8Array([...INTER, ...new Uint8Array(1_000)]));
    publication.flush();
  }
  deepEqual([before.overruns > 0, after.overruns > 0], [false, true]);
});

Deno.test("new rates of creation hold at once, and others are not counted anew", () => {
  const { hub, connect, change } = scene("[limits]\nclientRate=1000\naddressRate=0");
  const client = connect();
  change("[limits]\nclientRate=1\naddressRate=0");
  for (let count = 0; count < 10; count++) hub.countCreation(client, "Call.Failed");
  throws(() => hub.countCreation(client, "Call.Failed"), /more than 1 a second/);
  change("[limits]\nclientRate=1\naddressRate=0\n[live]\ngop=true");
  throws(() => hub.countCreation(client, "Call.Failed"), /more than 1 a second/);
});
