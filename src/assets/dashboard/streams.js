/** All streams, and who feeds them. */
import { useState } from "preact/hooks";
import { withQuery } from "./api.js";
import { bitRate, count, duration, missed, perSecond, shortened } from "./format.js";
import { html } from "./html.js";
import { link, usePolled } from "./hooks.js";
import { Badge, Card, Choice, Name, Pager, Search, Table, Waiting } from "./parts.js";
import { streamVerdict } from "./verdict.js";
import { Who } from "./who.js";

const SIZE = 50;

const SOURCES = [
  ["", "From everywhere"],
  ["rtmp", "RTMP"],
  ["rtmfp", "RTMFP"],
  ["http", "HTTP"],
  ["websocket", "WebSocket"],
  ["script", "Scripts"],
  ["relay", "Relays"],
  ["server", "Other servers"],
  ["recording", "Recordings"],
];

/** Where a stream comes from when no client publishes it. */
const ORIGINS = {
  script: "a script",
  relay: "a relay",
  server: "another server",
  recording: "a recording",
};

export function Source({ stream: { publisher, source } }) {
  return publisher === null
    ? html`<span class="faint">${ORIGINS[source] ?? source}</span>`
    : html`<${Who} client=${publisher} />`;
}

/** Codecs and picture in a few words. */
export function mediaText({ video, audio }) {
  const parts = [];
  if (video !== null) {
    const size = video.width ? `${video.width}×${video.height} ` : "";
    parts.push(`${size}${shortened(video.codec, 20)}, ${perSecond(video.frameRate)} fps`);
  }
  if (audio !== null) parts.push(shortened(audio.codec, 20));
  return parts.join(" + ") || "nothing yet";
}

export function VerdictBadge({ verdict }) {
  if (verdict === undefined) return html`<${Badge} tone="good">well<//>`;
  return html`<${Badge} tone="warn" title=${verdict.text}>${verdict.cause}<//>`;
}

export function Streams({ query }) {
  const [search, setSearch] = useState(query.get("search") ?? "");
  const [source, setSource] = useState("");
  const [sort, setSort] = useState(query.get("sort") ?? "dropped");
  const [page, setPage] = useState(0);
  const { data, error } = usePolled(
    withQuery("/publications", { search, source, sort, page, size: SIZE }),
  );
  const { data: slow } = usePolled("/listeners?sort=dropped&size=50", 3000);
  const columns = [
    {
      key: "name",
      title: "Stream",
      sort: "name",
      isWide: true,
      cell: (stream) =>
        html`<span class="stack"><${Name} text=${stream.name} href=${link("streams", stream.name)} longest=${60} />
          <span class="faint">${mediaText(stream)}</span></span>`,
    },
    {
      key: "source",
      title: "From",
      isWide: true,
      cell: (stream) => html`<${Source} stream=${stream} />`,
    },
    {
      key: "rate",
      title: "Bit rate",
      sort: "received",
      isNumber: true,
      cell: ({ rate }) => bitRate(rate),
    },
    {
      key: "listeners",
      title: "Players",
      sort: "listeners",
      isNumber: true,
      cell: ({ listeners }) => count(listeners.total),
    },
    {
      key: "dropped",
      title: "Dropped",
      sort: "dropped",
      isNumber: true,
      cell: ({ dropped }) => missed(dropped.rate, dropped.frames),
    },
    {
      key: "since",
      title: "For",
      sort: "since",
      isNumber: true,
      cell: ({ startedAt }) => duration(Date.now() - startedAt),
    },
    {
      key: "verdict",
      title: "State",
      cell: (stream) => html`<${VerdictBadge} verdict=${streamVerdict(stream, slow?.items)} />`,
    },
  ];
  const to = (set) => (value) => (set(value), setPage(0));
  return html`
    <h1>Streams</h1>
    <${Card} title="Live now" aside=${html`
      <div class="filters">
        <${Choice} label="Where streams come from" value=${source} options=${SOURCES}
          onChoose=${to(setSource)} />
        <${Search} label="Search name or publisher" value=${search} onSearch=${to(setSearch)} />
      </div>
    `}>
      ${data === undefined ? html`<${Waiting} error=${error} />` : html`
        <${Table} label="Streams" columns=${columns} rows=${data.items} keyOf=${({ name }) => name}
          sort=${sort} onSort=${to(setSort)}>
          ${search || source
            ? "Nothing matches."
            : "Nothing is published. Streams appear here the moment they begin."}
        <//>
        <${Pager} total=${data.total} page=${page} size=${SIZE} onPage=${setPage} />
      `}
    <//>
  `;
}
