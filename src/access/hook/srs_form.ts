import { decodeText } from "../../bytes/mod.ts";
import type { WebAnswer } from "../../net/mod.ts";
import { type HookAnswer, type HookForm, noAnswer, refusedBy } from "./form.ts";
import type { Told } from "./told.ts";

/** SRS's HTTP callbacks: JSON, and the answer 0 or `{"code": 0}` allows. */
export const srsForm: HookForm = { type: "application/json", body, answer };

const CALLS: Readonly<Record<string, string | undefined>> = {
  connect: "on_connect",
  publish: "on_publish",
  play: "on_play",
  unpublish: "on_unpublish",
  stop: "on_stop",
  recorded: "on_dvr",
};

function body(told: Told, server: string): string | undefined {
  const { action, isEvent, application, stream, headers, tcUrl, address, client, query } = told;
  const call = CALLS[action];
  if (call === undefined || (isEvent && (action === "publish" || action === "play"))) {
    return undefined;
  }
  const app = application.replace(/^\//, "");
  const param = query === "" ? "" : `?${query}`;
  return JSON.stringify({
    server_id: server,
    action: call,
    client_id: client,
    ip: address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"),
    vhost: "__defaultVhost__",
    app,
    tcUrl,
    pageUrl: headers["referer"] ?? "",
    ...(action === "recorded" ? { file: told.file } : {}),
    ...(stream === "" ? {} : { stream, param, stream_url: `/${app}/${stream}` }),
  });
}

function answer({ status, body }: WebAnswer): HookAnswer {
  const refused = refusedBy(status);
  if (refused !== undefined) return refused;
  if (status !== 200) throw noAnswer(status);
  const text = decodeText(body).trim();
  return { allowed: text === "0" || codeOf(text) === 0 };
}

function codeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { code?: unknown } | null)?.code;
  } catch {
    return undefined;
  }
}
