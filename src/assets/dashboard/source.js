/** A script's source in the page, at the line that an error names. */
import { useEffect, useRef } from "preact/hooks";
import { part, withQuery } from "./api.js";
import { shortened } from "./format.js";
import { html } from "./html.js";
import { link, usePolled } from "./hooks.js";
import { Card, Waiting } from "./parts.js";

/** Lines that are shown on each side of one. */
const AROUND = 200;

/** Where a line of an application's file is shown. */
export function sourceLink(application, file, line) {
  return `${link("applications", application)}?${new URLSearchParams({
    file,
    ...line ? { line } : {},
  })}`;
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
    ${
    !isThere ? html`<${Waiting} error=${error} />` : html`
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
    `
  }
  <//>`;
}

/** White space stays: it is code. */
const oneLine = (text) => text.length > 500 ? `${text.slice(0, 500)}…` : text || " ";
