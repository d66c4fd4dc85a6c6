/** Banned addresses. */
import { useState } from "preact/hooks";
import { part, remove, withQuery } from "./api.js";
import { duration, shortened } from "./format.js";
import { html } from "./html.js";
import { attempt, usePolled } from "./hooks.js";
import { Button, Card, Name, Pager, Search, Table, Waiting } from "./parts.js";
import { BanQuestion } from "./who.js";

const SIZE = 50;

export function Bans() {
  const [search, setSearch] = useState("");
  const [page, setPage] = useState(0);
  const [isAsking, setIsAsking] = useState(false);
  const { data, error, reload } = usePolled(withQuery("/bans", { search, page, size: SIZE }));
  const lift = (entry) =>
    attempt(() => remove(`/bans/${part(entry)}`), `${shortened(entry, 60)} may come again.`).then(
      reload,
    );
  const columns = [
    { key: "entry", title: "Address", cell: ({ entry }) => html`<${Name} text=${entry} />` },
    {
      key: "until",
      title: "For another",
      cell: ({ until }) => until === null ? "until the server stops" : duration(until - Date.now()),
    },
    {
      key: "words",
      title: "Why",
      isWide: true,
      cell: ({ words }) => words ? shortened(words, 200) : html`<span class="faint">–</span>`,
    },
    {
      key: "source",
      title: "By",
      cell: ({ source }) => source === "control" ? "an operator" : "a script",
    },
    {
      key: "acts",
      title: "",
      cell: ({ entry }) =>
        html`<button type="button" class="small" aria-label=${`Lift the ban of ${entry}`} onClick=${() =>
          lift(entry)}>Lift</button>`,
    },
  ];
  return html`
    <h1>Bans</h1>
    <${Card} title="Refused by every protocol" aside=${html`
      <div class="filters">
        <${Search} label="Search address or reason" value=${search} onSearch=${(
          text,
          ) => (setSearch(text), setPage(0))} />
        <${Button} kind="primary" onPress=${() => setIsAsking(true)}>Ban an address<//>
      </div>
    `}>
      ${data === undefined ? html`<${Waiting} error=${error} />` : html`
        <${Table} label="Bans" columns=${columns} rows=${data.items} keyOf=${({ entry }) => entry}>
          ${search ? "Nothing matches." : "No address is banned."}<//>
        <${Pager} total=${data.total} page=${page} size=${SIZE} onPage=${setPage} />
      `}
    <//>
    ${isAsking && html`<${BanQuestion} onClose=${() => setIsAsking(false)} onDone=${reload} />`}
  `;
}
