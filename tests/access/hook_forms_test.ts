import { deepEqual, equal } from "node:assert/strict";
import { settled } from "../support/decided.ts";
import { answered, Hooked, refusal } from "./hook_support.ts";

/** The fields of each request by a form. */
function fieldsOf(hooked: Hooked): Record<string, string>[] {
  return hooked.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
}

Deno.test("nginx-rtmp's hooks get the form of its on_publish, on_play and their ends", async () => {
  const hooked = new Hooked("hookFormat=nginx");
  const client = hooked.connect({
    flashVersion: "FMLE/3.0",
    properties: new Map([["tcUrl", "rtmp://host/live"]]),
  });
  const publication = await hooked.publish(client, "test?key=secret&name=other&addr=1");
  const listener = await hooked.play(client, "test");
  hooked.hub.unsubscribe(listener);
  hooked.hub.unpublish(publication);
  await settled();
  const common = {
    app: "live",
    flashver: "FMLE/3.0",
    swfurl: "",
    tcurl: "rtmp://host/live",
    pageurl: "",
    addr: "192.0.2.1",
    clientid: client.id,
    name: "test",
  };
  deepEqual(fieldsOf(hooked), [
    { ...common, call: "publish", type: "live", key: "secret" },
    { ...common, call: "play" },
    { ...common, call: "play_done" },
    { ...common, call: "publish_done", key: "secret" },
  ]);
  equal(hooked.requests[0]?.headers["content-type"], "application/x-www-form-urlencoded");
});

Deno.test("nginx-rtmp's hooks answer by a status, and rename by a Location", async () => {
  for (
    const [answer, wanted] of [
      [answered(201), ["publish test ", "none"]],
      [answered(302, "", { location: "ann" }), ["publish ann ", "none"]],
      [
        answered(302, "", { location: "rtmp://other/live/x" }),
        ["Publish.Failed unavailable: the hook cannot decide now"],
      ],
      [answered(404), ["Publish.Failed denied: it is not allowed to publish test"]],
      [answered(500), ["Publish.Failed unavailable: the hook cannot decide now"]],
    ] as const
  ) {
    const hooked = new Hooked("hookFormat=nginx\nhookRetries=0\nhookEvents=off");
    hooked.answer = () => answer;
    const result = await refusal(hooked.publish(hooked.connect(), "test"));
    deepEqual([...hooked.asked, result], wanted);
  }
});

Deno.test("SRS's callbacks get JSON, and the answer 0 allows", async () => {
  const hooked = new Hooked("hookFormat=srs");
  hooked.answer = () => answered(200, "0");
  const client = hooked.connect({ address: "[2001:db8::1]:5000" });
  const publication = await hooked.publish(client, "test?token=1");
  hooked.hub.unpublish(publication);
  await settled();
  const common = {
    server_id: "s1",
    client_id: client.id,
    ip: "2001:db8::1",
    vhost: "__defaultVhost__",
    app: "live",
    tcUrl: "",
    pageUrl: "",
    stream: "test",
    param: "?token=1",
    stream_url: "/live/test",
  };
  deepEqual(hooked.bodies, [
    { ...common, action: "on_publish" },
    { ...common, action: "on_unpublish" },
  ]);
  for (
    const [body, isAllowed] of [
      ["0\n", true],
      ['{"code":0,"data":null}', true],
      ["1", false],
      ['{"code":403}', false],
      ["", false],
      ["ok", false],
      ["null", false],
    ] as const
  ) {
    hooked.answer = () => answered(200, body);
    const result = await refusal(hooked.publish(hooked.connect(), "test"));
    equal(result === "none", isAllowed, body);
    for (const each of hooked.hub.publications()) hooked.hub.unpublish(each);
  }
});
