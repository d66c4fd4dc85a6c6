/** A script's source in the page, at the line that an error names. */
import { useEffect, useRef } from "preact/hooks";
import { part, withQuery } from "./api.js";
import { shortened } from "./format.js";
import { html } from "./html.js";
import { link, usePolled } from "./hooks.js";
import { Card, Waiting } from "./parts.js";

/** Lines that are shown on each side of one. */
const AROUND = 200;

/**
 * Where a line of a script is shown.
 * @param application whose script it is
 * @param file below the folder of all applications, as in www/live/main.lua
 */
export function placeLink(application, file, line) {
  const path = file.slice(file.indexOf("/") + 1);
  const folder = application === "/" ? "" : `${application.slice(1)}/`;
  // What an application inherits is in the folder of another.
  if (path.startsWith(folder)) return sourceLink(application, path.slice(folder.length), line);
  const end = path.lastIndexOf("/");
  return sourceLink(`/${path.slice(0, Math.max(0, end))}`, path.slice(end + 1), line);
}

/** Where a file of an application is shown, by its path below the folder of it. */
export function sourceLink(application, file, line) {
  const query = new URLSearchParams({ file, ...(line ? { line } : {}) });
  return `${link("applications", application)}?${query}`;
}

export function Source({ application, file, line }) {
  const path = withQuery(`/applications/${part(application)}/source`, {
    file,
    line: line || 1,
    around: AROUND,
  });
  // A file changes seldom, and an edit starts the application again.
  const { data, error } = usePolled(path, 5000);
  const marked = useRef();
  const isThere = data !== undefined;
  useEffect(() => {
    const line = marked.current;
    const box = line?.closest(".code");
    if (box) box.scrollTop = line.offsetTop - box.offsetTop - box.clientHeight / 2;
  }, [isThere, path]);
  const close = html`<a href=${link("applications", application)}>Close</a>`;
  return html`<${Card} title=${shortened(file, 80)} aside=${close} className="source">
    ${!isThere ? html`<${Waiting} error=${error} />` : html`
      <div class="code" role="region" aria-label=${`Source of ${shortened(file, 80)}`} tabindex="0">
        <ol start=${data.from}>
          ${data.lines.map((text, at) => {
            const number = data.from + at;
            const isMarked = number === Number(line);
            return html`
              <li key=${number} value=${number} ref=${isMarked ? marked : undefined}
                class=${isMarked ? "marked" : ""} aria-current=${isMarked
                  ? "location"
                  : undefined}><code>${oneLine(text)}</code></li>
            `;
          })}
        </ol>
      </div>
      <p class="faint">${data.total} lines</p>
    `}
  <//>`;
}

/** White space stays: it is code. */
const oneLine = (text) => text.length > 500 ? `${text.slice(0, 500)}…` : text || " ";
