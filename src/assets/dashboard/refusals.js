/** Who was not let in, and what decided so. */
import { useState } from "preact/hooks";
import { withQuery } from "./api.js";
import { timeOf } from "./format.js";
import { html } from "./html.js";
import { link, usePolled } from "./hooks.js";
import { Badge, Card, Name, Pager, Search, Table, Waiting } from "./parts.js";
import { placeLink } from "./source.js";
import { BanQuestion } from "./who.js";

const SIZE = 50;

/** What each decider is to an operator. */
const DECIDERS = {
  script: "A script said no",
  rule: "A rule of [access]",
  hook: "The HTTP hook",
  limit: "A limit of the settings",
  server: "The server",
};

const VERBS = {
  connect: "connect",
  publish: "publish",
  play: "play",
  call: "call",
  file: "have",
  object: "share",
};

/** Refusals have no number of their own. */
export const keyOf = ({ at, asked, name, client }) => `${at} ${client.id} ${asked} ${name}`;

/** One line: who wanted what. */
export function refusalText({ client, asked, name, why }) {
  return html`<${Name} text=${client.address} /> may not ${VERBS[asked] ?? asked}${" "}
    ${name && html`<${Name} text=${name} longest=${60} />`}: <${Name} text=${why} longest=${160} />`;
}

export function Refusals({ query }) {
  const [search, setSearch] = useState(query.get("search") ?? "");
  const [page, setPage] = useState(0);
  const [banned, setBanned] = useState();
  const { data, error } = usePolled(withQuery("/refusals", { search, page, size: SIZE }));
  const columns = [
    { key: "at", title: "When", cell: ({ at }) => html`<time>${timeOf(at)}</time>` },
    {
      key: "who",
      title: "Who",
      cell: ({ client }) =>
        html`<span class="who"><${Name} text=${client.address} />
          <span class="faint">${client.transport ?? client.protocol}</span></span>`,
    },
    {
      key: "what",
      title: "Wanted to",
      cell: ({ asked, name }) =>
        html`<span>${VERBS[asked] ?? asked}${" "}
          <${Name} text=${name} longest=${60} /></span>`,
    },
    {
      key: "by",
      title: "Decided by",
      cell: ({ by }) =>
        html`<${Badge} tone=${by === "script" ? "info" : ""}>${DECIDERS[by] ?? by}<//>`,
    },
    {
      key: "why",
      title: "Why",
      isWide: true,
      cell: ({ why, file, line, application }) =>
        html`<span><${Name} text=${why} longest=${300} />${" "}
          ${file && html`
            <a href=${placeLink(application, file, line)}>${file}:${line}</a>
          `}</span>`,
    },
    {
      key: "acts",
      title: "",
      cell: ({ client }) =>
        html`
          <button type="button" class="small" aria-label=${`Ban ${client.address}`}
            onClick=${() => setBanned(client.address)}>Ban</button>
        `,
    },
  ];
  return html`
    <h1>Refusals</h1>
    <${Card} title="Who was not let in, the newest first"
      aside=${html`
        <${Search} label="Search address, stream, reason" value=${search}
          onSearch=${(text) => (setSearch(text), setPage(0))} />
      `}>
      ${data === undefined ? html`<${Waiting} error=${error} />` : html`
        <${Table} label="Refusals" columns=${columns} rows=${data.items} keyOf=${keyOf}>
          ${search ? "Nothing matches." : "No client was refused since the server started."}
        <//>
        <${Pager} total=${data.total} page=${page} size=${SIZE} onPage=${setPage} />
      `}
    <//>
    ${banned && html`<${BanQuestion} address=${banned} onClose=${() => setBanned(undefined)} />`}
    <p class="faint">Rules are described in docs/access.md; a script refuses by <code>error("why")</code>${" or "}
      <code>return false</code>. The <a href=${link("log")}>log</a> has each refusal as a line.</p>
  `;
}
