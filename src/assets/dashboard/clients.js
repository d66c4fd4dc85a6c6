/** Everybody who is connected, and who uses most of the network. */
import { useState } from "preact/hooks";
import { part, withQuery } from "./api.js";
import { bitRate, duration, shortened, timeOf } from "./format.js";
import { html } from "./html.js";
import { link, usePolled } from "./hooks.js";
import { Button, Card, Choice, Facts, Name, Pager, Search, Table, Waiting } from "./parts.js";
import { BanQuestion, KickQuestion, Who } from "./who.js";

const SIZE = 50;

const PROTOCOLS = [
  ["", "All protocols"],
  ["rtmp", "RTMP"],
  ["rtmfp", "RTMFP"],
  ["http", "HTTP"],
  ["websocket", "WebSocket"],
];

/** Streams of a client, as links; the first few. */
function Names({ names }) {
  if (names.length === 0) return html`<span class="faint">–</span>`;
  const shown = names.slice(0, 3);
  return html`<span class="names">${shown.map((name) =>
    html`<${Name} key=${name} text=${name} href=${link("streams", name)} longest=${40} />`
    )}${names.length > shown.length &&
      html`<span class="faint">and ${names.length - shown.length} more</span>`}</span>`;
}

export function Clients({ query }) {
  const [search, setSearch] = useState(query.get("search") ?? "");
  const [protocol, setProtocol] = useState("");
  const [sort, setSort] = useState(query.get("sort") ?? "sent");
  const [page, setPage] = useState(0);
  const [question, setQuestion] = useState();
  const { data, error, reload } = usePolled(
    withQuery("/clients", { search, protocol, sort, page, size: SIZE }),
  );
  const columns = [
    {
      key: "who",
      title: "Client",
      sort: "address",
      isWide: true,
      cell: (client) => html`<${Who} client=${client} />`,
    },
    {
      key: "application",
      title: "Application",
      cell: ({ application }) => html`<${Name} text=${application} longest=${40} />`,
    },
    {
      key: "publishes",
      title: "Publishes",
      cell: ({ publishes }) => html`<${Names} names=${publishes} />`,
    },
    { key: "plays", title: "Plays", cell: ({ plays }) => html`<${Names} names=${plays} />` },
    { key: "sent", title: "Gets", sort: "sent", isNumber: true, cell: ({ sent }) => bitRate(sent) },
    {
      key: "received",
      title: "Sends",
      sort: "received",
      isNumber: true,
      cell: ({ received }) => bitRate(received),
    },
    {
      key: "ping",
      title: "Ping",
      sort: "ping",
      isNumber: true,
      cell: ({ ping }) => duration(ping),
    },
    {
      key: "since",
      title: "For",
      sort: "since",
      isNumber: true,
      cell: ({ connectedAt }) => duration(Date.now() - connectedAt),
    },
    {
      key: "acts",
      title: "",
      cell: (client) =>
        html`
          <span class="acts">
            <button type="button" class="small" aria-label=${`Kick ${client.address}`} onClick=${() =>
              setQuestion({ kick: client })}>Kick</button>
            <button type="button" class="small" aria-label=${`Ban ${client.address}`} onClick=${() =>
              setQuestion({ ban: client.address })}>Ban</button>
          </span>
        `,
    },
  ];
  const to = (set) => (value) => (set(value), setPage(0));
  const close = () => setQuestion(undefined);
  return html`
    <h1>Clients</h1>
    <${Card} title="Connected now" aside=${html`
      <div class="filters">
        <${Choice} label="Protocol" value=${protocol} options=${PROTOCOLS} onChoose=${to(
          setProtocol,
          )} />
        <${Search} label="Search address, user, stream" value=${search} onSearch=${to(setSearch)} />
      </div>
    `}>
      ${data === undefined ? html`<${Waiting} error=${error} />` : html`
        <${Table} label="Clients" columns=${columns} rows=${data.items} keyOf=${({ id }) => id}
          sort=${sort} onSort=${to(setSort)}>${search || protocol
            ? "No client matches."
            : "No client is connected."}<//>
        <${Pager} total=${data.total} page=${page} size=${SIZE} onPage=${setPage} />
      `}
    <//>
    ${question?.kick &&
      html`<${KickQuestion} client=${question.kick} onClose=${close} onDone=${reload} />`}
    ${question?.ban &&
      html`<${BanQuestion} address=${question.ban} onClose=${close} onDone=${reload} />`}
  `;
}

export function Client({ id }) {
  const { data: client, error } = usePolled(`/clients/${part(id)}`);
  const [question, setQuestion] = useState("");
  const close = () => setQuestion("");
  const title = html`<p class="crumbs"><a href=${link("clients")}>Clients</a></p>`;
  if (client === undefined) {
    const text = error?.status === 404 ? { message: "This client is gone." } : error;
    return html`${title}<h1>Client</h1><${Waiting} error=${text} />`;
  }
  return html`
    ${title}
    <h1>${client.address}</h1>
    <${Card} title="Now" aside=${html`
      <div class="filters">
        <${Button} onPress=${() => setQuestion("kick")}>Kick<//>
        <${Button} onPress=${() => setQuestion("ban")}>Ban its address<//>
      </div>
    `}>
      <${Facts} of=${[
        ["Protocol", client.transport ?? client.protocol],
        ["User", client.user === null ? undefined : html`<${Name} text=${client.user} />`],
        [
          "Application",
          html`<${Name} text=${client.application} href=${link("applications", client.application)} />`,
        ],
        ["Program", client.program ? shortened(client.program, 200) : undefined],
        ["Since", `${timeOf(client.connectedAt)} (${duration(Date.now() - client.connectedAt)})`],
        ["Ping", duration(client.ping)],
        [
          "Publishes",
          client.publishes.length > 0 ? html`<${Names} names=${client.publishes} />` : "nothing",
        ],
        ["Plays", client.plays.length > 0 ? html`<${Names} names=${client.plays} />` : "nothing"],
        ["Gets", bitRate(client.sent)],
        ["Sends", bitRate(client.received)],
        ["Id", html`<code>${client.id}</code>`],
        ]} />
    <//>
    ${question === "kick" && html`<${KickQuestion} client=${client} onClose=${close} />`}
    ${question === "ban" && html`<${BanQuestion} address=${client.address} onClose=${close} />`}
  `;
}
