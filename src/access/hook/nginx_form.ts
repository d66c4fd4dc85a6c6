import type { WebAnswer } from "../../net/mod.ts";
import { type HookAnswer, type HookForm, noAnswer } from "./form.ts";
import type { Told } from "./told.ts";

/**
 * What nginx-rtmp-module sends to on_connect, on_publish, on_play and on_done, and how it reads the
 * answers: 2xx allows, a Location without a scheme renames, anything else refuses.
 */
export const nginxForm: HookForm = { type: "application/x-www-form-urlencoded", body, answer };

/** What each is called; beginnings are told by the decision itself. */
const CALLS: Readonly<Record<string, string | undefined>> = {
  connect: "connect",
  publish: "publish",
  play: "play",
  unpublish: "publish_done",
  stop: "play_done",
  recorded: "record_done",
};

function body(told: Told): string | undefined {
  const { action, isEvent, application, stream, headers, tcUrl, address, client, query } = told;
  const call = CALLS[action];
  if (call === undefined || (isEvent && (action === "publish" || action === "play"))) {
    return undefined;
  }
  const fields = new URLSearchParams({
    app: application.replace(/^\//, ""),
    flashver: headers["user-agent"] ?? "",
    swfurl: "",
    tcurl: tcUrl,
    pageurl: headers["referer"] ?? "",
    addr: address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"),
    clientid: client,
    call,
  });
  if (stream !== "") fields.set("name", stream);
  if (action === "recorded") {
    fields.set("recorder", "");
    fields.set("path", told.file);
  }
  if (action === "publish") fields.set("type", "live");
  // Parameters of the stream do not take the place of what the server says.
  for (const [name, value] of new URLSearchParams(query)) {
    if (!fields.has(name)) fields.append(name, value);
  }
  return fields.toString();
}

function answer({ status, headers }: WebAnswer, { action }: Told): HookAnswer {
  if (status >= 200 && status < 300) return { allowed: true };
  const name = headers.get("location") ?? "";
  if (status >= 300 && status < 400) {
    if (action !== "publish" || name === "" || /^[a-z][a-z\d+.-]*:|^\//i.test(name)) {
      throw noAnswer(status);
    }
    return { allowed: true, name };
  }
  if (status >= 500) throw noAnswer(status);
  return { allowed: false, isUnknown: status === 401 };
}
