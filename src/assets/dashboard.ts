import { encodeText } from "../bytes/mod.ts";
import { sha256 } from "../crypto/mod.ts";
import htm from "htm" with { type: "text" };
import mpegts from "mpegts.js/dist/mpegts.js" with { type: "text" };
import preact from "preact" with { type: "text" };
import hooks from "preact/hooks" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import api from "./dashboard/api.js" with { type: "text" };
import app from "./dashboard/app.js" with { type: "text" };
import applications from "./dashboard/applications.js" with { type: "text" };
import bans from "./dashboard/bans.js" with { type: "text" };
import clients from "./dashboard/clients.js" with { type: "text" };
import luaConsole from "./dashboard/console.js" with { type: "text" };
import curve from "./dashboard/curve.js" with { type: "text" };
import format from "./dashboard/format.js" with { type: "text" };
import viewHooks from "./dashboard/hooks.js" with { type: "text" };
import html from "./dashboard/html.js" with { type: "text" };
import log from "./dashboard/log.js" with { type: "text" };
import overview from "./dashboard/overview.js" with { type: "text" };
import page from "./dashboard/page.html" with { type: "text" };
import parts from "./dashboard/parts.js" with { type: "text" };
import preview from "./dashboard/preview.js" with { type: "text" };
import refusals from "./dashboard/refusals.js" with { type: "text" };
import servers from "./dashboard/servers.js" with { type: "text" };
import settings from "./dashboard/settings.js" with { type: "text" };
import source from "./dashboard/source.js" with { type: "text" };
import stream from "./dashboard/stream.js" with { type: "text" };
import streams from "./dashboard/streams.js" with { type: "text" };
import style from "./dashboard/style.css" with { type: "text" };
import verdict from "./dashboard/verdict.js" with { type: "text" };
import who from "./dashboard/who.js" with { type: "text" };
import { linkModules, type Module } from "./linker.ts";

/** The dashboard as one document, and what it may do. */
export interface DashboardPage {
  readonly html: Uint8Array;
  /** Its Content-Security-Policy: nothing runs or is styled but what is in the document. */
  readonly policy: string;
}

/** Each after those that it imports. */
const MODULES: readonly Module[] = [
  ["preact", preact],
  ["preact/hooks", hooks],
  ["htm", htm],
  ["uplot", `${uplot}\nexport { uPlot as default };`],
  ["./format.js", format],
  ["./api.js", api],
  ["./html.js", html],
  ["./hooks.js", viewHooks],
  ["./parts.js", parts],
  ["./curve.js", curve],
  ["./verdict.js", verdict],
  ["./who.js", who],
  ["./source.js", source],
  ["./refusals.js", refusals],
  ["./overview.js", overview],
  ["./streams.js", streams],
  ["./preview.js", preview],
  ["./stream.js", stream],
  ["./clients.js", clients],
  ["./console.js", luaConsole],
  ["./applications.js", applications],
  ["./servers.js", servers],
  ["./log.js", log],
  ["./bans.js", bans],
  ["./settings.js", settings],
  ["./app.js", app],
];

export function makePage(): DashboardPage {
  const styles = [uplotStyle, style];
  // mpegts.js makes a global of itself.
  const scripts = [mpegts, linkModules(MODULES)].map(asInline);
  const document = page
    .replace("<!-- styles -->", () => styles.map((text) => `<style>${text}</style>`).join("\n"))
    .replace(
      "<!-- scripts -->",
      () => scripts.map((text) => `<script>${text}</script>`).join("\n"),
    );
  return { html: encodeText(document), policy: policyFor(scripts, styles) };
}

/** Text that would end a script element is written otherwise: it only occurs in strings. */
function asInline(script: string): string {
  return script.replace(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--");
}

function policyFor(scripts: readonly string[], styles: readonly string[]): string {
  const digests = (texts: readonly string[]) =>
    texts.map((text) => `'sha256-${sha256(encodeText(text)).toBase64()}'`).join(" ");
  return [
    "default-src 'none'",
    `script-src ${digests(scripts)}`,
    `style-src ${digests(styles)}`,
    "connect-src 'self'",
    "img-src data:",
    "media-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
