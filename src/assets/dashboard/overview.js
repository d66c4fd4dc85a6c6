/** What an operator looks at first: is all well, and if not, what is wrong and who it is. */
import {
  bitRate,
  byteSize,
  count,
  duration,
  percent,
  perSecond,
  several,
  timeOf,
} from "./format.js";
import { Curve } from "./curve.js";
import { html } from "./html.js";
import { link, useHistory, usePolled } from "./hooks.js";
import { Badge, Card, Empty, Name, Waiting } from "./parts.js";
import { keyOf, refusalText } from "./refusals.js";
import { streamVerdict } from "./verdict.js";
import { Who } from "./who.js";

/** Milliseconds between two looks: the server takes a sample as often. */
const SAMPLE = 5000;

export function Overview() {
  const { data: now, error } = usePolled("/overview", SAMPLE);
  const history = useHistory("/history");
  if (now === undefined) {
    return html`
      <h1>Overview</h1>
      <${Waiting} error=${error} />
    `;
  }
  return html`
    <h1>Overview</h1>
    <${Tiles} now=${now} />
    <div class="columns">
      <${Attention} now=${now} />
      <${Heaviest} />
    </div>
    ${history && html`<${Curves} history=${history} />`}
  `;
}

function Tile({ title, value, detail, href, tone = "" }) {
  const inner = html`
    <span class="title">${title}</span><strong>${value}</strong><span
      class="detail">${detail}</span>
  `;
  return html`<li class=${`tile ${tone}`}>${href ? html`<a href=${href}>${inner}</a>` : html`<div>${inner}</div>`}</li>`;
}

function Tiles({ now }) {
  const { clients, memory, applications, relays } = now;
  const protocols = ["rtmp", "rtmfp", "http", "websocket"].filter((name) => clients[name] > 0)
    .map((name) =>
      `${count(clients[name])} ${name === "websocket" ? "WebSocket" : name.toUpperCase()}`
    );
  return html`
    <ul class="tiles">
      <${Tile} title="Streams" value=${count(now.publications)} detail=${`${several(now.listeners, "player")}`} href=${link("streams")} />
      <${Tile} title="Clients" value=${count(clients.total)} detail=${protocols.join(", ") ||
        "none"} href=${link("clients")} />
      <${Tile} title="Out" value=${bitRate(now.sent.rate)} detail=${`${byteSize(now.sent.bytes)} so far`} />
      <${Tile} title="In" value=${bitRate(now.received.rate)} detail=${`${byteSize(now.received.bytes)} so far`} />
      <${Tile} title="Processor" value=${percent(now.cpu)} detail=${`timers ${duration(now.loopDelay)} late at most`}
        tone=${now.cpu > 0.9 || now.loopDelay > 200 ? "warn" : ""} />
      <${Tile} title="Memory" value=${byteSize(memory.resident)} detail=${`Lua ${byteSize(memory.lua)}`} />
      <${Tile} title="Applications" value=${count(applications.total)} href=${link("applications")}
        detail=${applications.failed > 0
          ? `${applications.failed} failed`
          : several(now.scriptErrors, "error")}
        tone=${applications.failed > 0 ? "bad" : ""} />
      <${Tile} title="Servers" value=${count(now.servers + 1)} href=${link("servers")}
        detail=${relays.total > 0
          ? `${relays.up} of ${several(relays.total, "relay")} up`
          : "no relays"} />
    </ul>
  `;
}

const CHECKS = {
  running: "The server is stopping, or its clients move to others.",
  ports: "A port of the settings is not open.",
  scripts: "The root application has not started: its main.lua has an error.",
  broker: "No broker of [cluster] nats is connected.",
  disk: "No file can be written in the data folder.",
};

/** All that asks for a person, worst first. */
function Attention({ now }) {
  const { data: streams } = usePolled("/publications?sort=dropped&size=20", SAMPLE);
  const { data: slow } = usePolled("/listeners?sort=dropped&size=20", SAMPLE);
  const { data: applications } = usePolled("/applications?sort=errors&size=20", SAMPLE);
  const { data: refusals } = usePolled("/refusals?size=4", SAMPLE);
  const checks = Object.entries(now.ready.checks).filter(([, isWell]) => !isWell);
  const ill = (streams?.items ?? []).map((stream) => ({
    stream,
    verdict: streamVerdict(stream, slow?.items),
  }))
    .filter(({ verdict }) => verdict !== undefined).slice(0, 5);
  const failed = (applications?.items ?? []).filter(({ state, lastError }) =>
    state === "failed" || lastError !== null
  ).slice(0, 4);
  const refused = refusals?.items ?? [];
  const isWell = checks.length + ill.length + failed.length + refused.length === 0;
  return html`<${Card} title="Needs attention">
    ${isWell &&
      html`<${Empty}>All is well: no stream drops frames, no script fails, no client was refused.<//>`}
    <ul class="news">
      ${checks.map(([name]) =>
        html`
          <li key=${name}>
            <${Badge} tone="bad">not ready<//><p>${CHECKS[name] ?? name}</p></li>
        `
      )}
      ${ill.map(({ stream: { name }, verdict }) =>
        html`
          <li key=${`s ${name}`}>
            <${Badge} tone="warn">${verdict.cause}<//>
            <p><${Name} text=${name} href=${link("streams", name)} />${" "}${verdict.text}</p>
          </li>
        `
      )}
      ${failed.map(({ path, state, lastError }) =>
        html`
          <li key=${`a ${path}`}>
            <${Badge} tone=${state === "failed" ? "bad" : "warn"}>${state === "failed"
              ? "failed"
              : "script error"}<//>
            <p><${Name} text=${path} href=${link("applications", path)} />${" "}${lastError &&
              html`<${Name} text=${lastError.message} longest=${200} />`}</p>
          </li>
        `
      )}
      ${refused.map((refusal) =>
        html`
          <li key=${keyOf(refusal)}>
            <${Badge}>refused<//>
            <p>
              <time>${timeOf(refusal.at)}</time>${" "}${refusalText(refusal)}${" "}
              <a href=${link("refusals")}>Why?</a>
            </p>
          </li>
        `
      )}
    </ul>
  <//>`;
}

/** Who uses most of the network. */
function Heaviest() {
  const { data: out } = usePolled("/clients?sort=sent&size=5", SAMPLE);
  const { data: fat } = usePolled("/publications?sort=received&size=10", SAMPLE);
  const { data: popular } = usePolled("/publications?sort=listeners&size=10", SAMPLE);
  const readers = (out?.items ?? []).filter(({ sent }) => sent > 0);
  const streams = new Map(
    [fat, popular].flatMap((list) => list?.items ?? []).map((stream) => [stream.name, stream]),
  );
  const publications = [...streams.values()].map((stream) => ({
    ...stream,
    all: stream.rate * (1 + stream.listeners.total),
  })).filter(({ all }) => all > 0).sort((a, b) => b.all - a.all).slice(0, 5);
  const most = Math.max(...publications.map(({ all }) => all), 1);
  return html`
    <${Card} title="Most of the network"
      aside=${html`<a href=${`${link("clients")}?sort=sent`}>All clients</a>`}>
      ${readers.length + publications.length === 0 && html`<${Empty}>Nothing flows.<//>`}
      ${publications.length > 0 && html`
        <h3>Streams, in and out</h3>
        <ul class="bars">${publications.map(({ name, all, listeners }) =>
          html`
            <li key=${name}>
              <${Name} text=${name} href=${link("streams", name)} />
              <span>${bitRate(all)}, ${several(listeners.total, "player")}</span>
              <meter min="0" max=${most} value=${all} aria-label="Share"></meter>
            </li>
          `
        )}</ul>
      `}
      ${readers.length > 0 && html`
        <h3>Clients that get most</h3>
        <ul class="bars">${readers.map((client) =>
          html`<li key=${client.id}><${Who} client=${client} /><span>${bitRate(client.sent)}</span></li>`
        )}</ul>
      `}
    <//>
  `;
}

function Curves({ history }) {
  const whole = (value) => count(Math.round(value));
  return html`
    <${Card} title="The last hour">
      <div class="curves">
        <${Curve} title="Network" history=${history} format=${bitRate} lines=${[
          { key: "sent", title: "Out", color: "one" },
          { key: "received", title: "In", color: "two" },
          ]} />
        <${Curve} title="Clients and players" history=${history} format=${whole}
          lines=${[
            { key: "clients", title: "Clients", color: "one" },
            { key: "listeners", title: "Players", color: "two" },
            { key: "publications", title: "Streams", color: "three" },
          ]} />
        <${Curve} title="Frames that players missed, per second" history=${history}
          format=${perSecond} lines=${[
            { key: "dropped", title: "Dropped", color: "four" },
          ]} />
        <${Curve} title="Processor" history=${history} format=${percent} lines=${[
          { key: "cpu", title: "Used", color: "one" },
          ]} />
        <${Curve} title="How late timers come" history=${history} format=${duration}
          lines=${[
            { key: "loopDelay", title: "At most", color: "three" },
          ]} />
        <${Curve} title="Memory" history=${history} format=${byteSize} lines=${[
          { key: "resident", title: "Process", color: "two" },
          ]} />
      </div>
    <//>
  `;
}
