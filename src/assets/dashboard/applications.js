/** Applications: which runs, which failed and where, and a console that speaks Lua with one. */
import { useState } from "preact/hooks";
import { act, part, withQuery } from "./api.js";
import { Console } from "./console.js";
import { byteSize, count, shortened, timeOf } from "./format.js";
import { html } from "./html.js";
import { attempt, link, usePolled } from "./hooks.js";
import { Badge, Button, Card, Empty, Facts, Name, Pager, Search, Table, Waiting } from "./parts.js";
import { placeLink, Source, sourceLink } from "./source.js";

const SIZE = 50;

const TONES = { running: "good", failed: "bad", stopped: "", idle: "" };

function ErrorLine({ path, error, isDated = true }) {
  if (error === null || error === undefined) return html`<span class="faint">none</span>`;
  const { message, file, line, at } = error;
  return html`<span>${isDated && html`<time class="faint">${timeOf(at)}</time>${" "}`}
    <${Name} text=${message} longest=${240} />${" "}
    ${file && html`
      <a href=${placeLink(path, file, line)}>${shortened(file, 60)}${line ? `:${line}` : ""}</a>
    `}</span>`;
}

export function Applications({ query }) {
  const [search, setSearch] = useState(query.get("search") ?? "");
  const [sort, setSort] = useState("");
  const [page, setPage] = useState(0);
  const { data, error } = usePolled(withQuery("/applications", { search, sort, page, size: SIZE }));
  const columns = [
    {
      key: "path",
      title: "Application",
      sort: "path",
      cell: ({ path }) =>
        html`<${Name} text=${path} href=${link("applications", path)} longest=${60} />`,
    },
    {
      key: "state",
      title: "State",
      cell: ({ state }) =>
        html`<${Badge} tone=${TONES[state]}>${state === "idle" ? "no script" : state}<//>`,
    },
    {
      key: "clients",
      title: "Clients",
      sort: "clients",
      isNumber: true,
      cell: ({ clients }) => count(clients),
    },
    {
      key: "errors",
      title: "Errors",
      sort: "errors",
      isNumber: true,
      cell: ({ errors }) => count(errors),
    },
    {
      key: "last",
      title: "Last error",
      isWide: true,
      cell: ({ path, lastError }) => html`<${ErrorLine} path=${path} error=${lastError} />`,
    },
  ];
  return html`
    <h1>Applications</h1>
    <${Card} title="Folders below www/" aside=${html`
      <${Search} label="Search path or error" value=${search}
        onSearch=${(text) => (setSearch(text), setPage(0))} />
    `}>
      ${data === undefined ? html`<${Waiting} error=${error} />` : html`
        <${Table} label="Applications" columns=${columns} rows=${data.items} keyOf=${({ path }) => path}
          sort=${sort} onSort=${(sort) => (setSort(sort), setPage(0))}>${search
            ? "Nothing matches."
            : "No application has been used yet."}<//>
        <${Pager} total=${data.total} page=${page} size=${SIZE} onPage=${setPage} />
      `}
    <//>
  `;
}

export function Application({ path, query }) {
  const { data, error, reload } = usePolled(
    withQuery("/applications", { search: path, size: 500 }),
  );
  const { data: overview } = usePolled("/overview", 10_000);
  const { data: folder } = usePolled(`/applications/${part(path)}/files`, 10_000);
  const { data: errorList } = usePolled(
    withQuery("/errors", { application: path, size: 20 }),
    5000,
  );
  const application = data?.items.find((item) => item.path === path);
  const title = html`
    <p class="crumbs"><a href=${link("applications")}>Applications</a></p>
    <h1>
      <${Name} text=${path} />
    </h1>
  `;
  if (application === undefined) {
    const text = data === undefined
      ? error
      : { message: "There is no such application, or it was never used." };
    return html`${title}<${Waiting} error=${text} />`;
  }
  const { state, clients, errors, resources } = application;
  const restart = () =>
    attempt(
      () => act(`/applications/${part(path)}/restart`),
      `${shortened(path, 60)} was started again.`,
    ).then(reload);
  const file = query.get("file");
  const list = errorList?.items ?? [];
  return html`
    ${title}
    ${file && html`<${Source} application=${path} file=${file} line=${query.get("line")} />`}
    <div class="columns">
      <${Card} title="Now" aside=${html`<${Button} onPress=${restart}>Restart<//>`}>
        <${Facts} of=${[
          [
            "State",
            html`<${Badge} tone=${TONES[state]}>${state === "idle" ? "no script" : state}<//>`,
          ],
          [
            "Clients",
            html`<a href=${`${link("clients")}?search=${encodeURIComponent(path)}`}>${count(clients)}</a>`,
          ],
          ["Errors", count(errors)],
          ["Opened", `${count(resources)} timers, sockets, streams and the like`],
          ]} />
        <h3>Last errors</h3>
        ${list.length === 0
          ? html`<${Empty}>No error since the server started.<//>`
          : html`<ul class="news">
            ${list.map((error, at) =>
              html`
                <li key=${at}>
                  <p>
                    <${ErrorLine} path=${path} error=${error} />
                  </p>
                </li>
              `
        )}</ul>`}
        <h3>Files</h3>
        <ul class="files">${(folder?.files ?? []).map(({ name, size, modified }) =>
          html`<li key=${name}><a href=${sourceLink(path, name)}>${shortened(name, 80)}</a>
            <span class="faint">${byteSize(size)}, ${timeOf(modified)}</span></li>`
        )}</ul>
      <//>
      <${Console} path=${path} isOn=${overview?.server.console !== false} />
    </div>
  `;
}
