/** The cluster on one page, whichever of its servers is asked, and the relays of this one. */
import { act, part } from "./api.js";
import { bitRate, count, percent, shortened } from "./format.js";
import { html } from "./html.js";
import { attempt, usePolled } from "./hooks.js";
import { Badge, Card, Name, Table, Waiting } from "./parts.js";

export function Servers() {
  const { data, error } = usePolled("/servers?size=500");
  const { data: relays, reload } = usePolled("/relays?size=500");
  const load = (show) => ({ load }) => load ? show(load) : html`<span class="faint">–</span>`;
  const columns = [
    {
      key: "server",
      title: "Server",
      isWide: true,
      cell: ({ id, host, address, isSelf }) =>
        html`<span class="who"><${Name} text=${host || address || "this server"} />
          ${isSelf && html`<${Badge} tone="info">this one<//>`}<span class="faint">${id.slice(0, 8)}</span></span>`,
    },
    {
      key: "state",
      title: "State",
      cell: ({ isLeaving, isSelf, isLinked }) =>
        isLeaving
          ? html`<${Badge} tone="warn">leaving<//>`
          : html`<${Badge} tone="good">${isSelf ? "here" : isLinked ? "linked" : "by broker"}<//>`,
    },
    {
      key: "clients",
      title: "Clients",
      isNumber: true,
      cell: load(({ clients }) => count(clients)),
    },
    {
      key: "streams",
      title: "Streams",
      isNumber: true,
      cell: load(({ publications }) => count(publications)),
    },
    { key: "sent", title: "Out", isNumber: true, cell: load(({ sent }) => bitRate(sent)) },
    { key: "cpu", title: "Processor", isNumber: true, cell: load(({ cpu }) => percent(cpu)) },
    {
      key: "ports",
      title: "Ports",
      isWide: true,
      cell: ({ ports }) =>
        html`<span class="faint">${Object.entries(ports).map(([name, port]) => `${name} ${port}`).join(", ") || "–"}</span>`,
    },
  ];
  return html`
    <h1>Servers</h1>
    <${Card} title="Members of the cluster">
      ${data === undefined ? html`<${Waiting} error=${error} />` : html`
        <${Table} label="Servers" columns=${columns} rows=${data.items} keyOf=${({ id }) => id} />
        ${data.total === 1 &&
          html`<p class="faint">This server is on its own: <code>[servers] targets</code>${" or "}
            <code>[cluster] nats</code> join others, as docs/scaling.md describes.</p>`}
      `}
    <//>
    <${Relays} relays=${relays} onChange=${reload} />
  `;
}

const STATES = { up: "good", waiting: "", stopped: "warn" };

function Relays({ relays, onChange }) {
  const order = (id, verb) =>
    attempt(
      () => act(`/relays/${part(id)}/${verb}`),
      verb === "stop" ? "The relay was stopped." : "The relay may work again.",
    ).then(onChange);
  const columns = [
    {
      key: "name",
      title: "Stream",
      cell: ({ name }) => html`<${Name} text=${name} longest=${60} />`,
    },
    { key: "does", title: "Way", cell: ({ does }) => does === "play" ? "comes from" : "goes to" },
    {
      key: "urls",
      title: "Server",
      isWide: true,
      cell: ({ urls }) => html`<span class="faint">${shortened(urls.join(", "), 200)}</span>`,
    },
    {
      key: "state",
      title: "State",
      cell: ({ state }) => html`<${Badge} tone=${STATES[state]}>${state}<//>`,
    },
    {
      key: "failure",
      title: "Why",
      isWide: true,
      cell: ({ failure }) =>
        failure === null ? html`<span class="faint">–</span>` : shortened(failure, 300),
    },
    {
      key: "acts",
      title: "",
      cell: ({ id, name, state }) => {
        const verb = state === "stopped" ? "start" : "stop";
        return html`
          <button type="button" class="small" aria-label=${`${verb} the relay of ${name}`}
            onClick=${() => order(id, verb)}>${verb === "start" ? "Start" : "Stop"}</button>
        `;
      },
    },
  ];
  return html`<${Card} title="Relays of this server">
    ${relays === undefined ? html`<${Waiting} />` : html`
      <${Table} label="Relays" columns=${columns} rows=${relays.items} keyOf=${({ id }) => id}>
        None: <code>[relay]</code> in MonaServer.ini names them.<//>
    `}
  <//>`;
}
