/** The pieces that views are built of. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { count, shortened } from "./format.js";
import { html } from "./html.js";
import { useSaid } from "./hooks.js";

/** A text that a peer chose: in its own direction, on one line, short. */
export function Name({ text, href, longest }) {
  const shown = shortened(text, longest);
  const title = shown === text ? undefined : shortened(text, 500);
  const name = html`<bdi class="name" title=${title}>${shown || "(empty)"}</bdi>`;
  return href === undefined ? name : html`<a class="name" href=${href}>${name}</a>`;
}

/** @param tone good, warn, bad or none */
export function Badge({ tone = "", children, title }) {
  return html`<span class=${`badge ${tone}`} title=${title}>${children}</span>`;
}

export function Card({ title, aside, children, className = "" }) {
  const id = useId();
  return html`<section class=${`card ${className}`} aria-labelledby=${id}>
    <header><h2 id=${id}>${title}</h2>${aside}</header>
    ${children}
  </section>`;
}

/** Nothing is there, and what that means. */
export function Empty({ children }) {
  return html`
    <div class="nothing">
      <svg viewBox="0 0 64 40" aria-hidden="true">
        <path d="M8 30c6 0 6-20 12-20s6 20 12 20 6-20 12-20 6 20 12 20" />
      </svg>
      <p>${children}</p>
    </div>
  `;
}

/** Why a view has nothing, as long as it has nothing. */
export function Waiting({ error }) {
  return html`<p class="waiting" role="status">${error === undefined ? "Asking the server…" : error.message}</p>`;
}

export function Button({ onPress, kind = "", children, ...more }) {
  return html`<button type="button" class=${kind} onClick=${onPress} ...${more}>${children}</button>`;
}

/**
 * A table; on a narrow screen each row is a card.
 * @param columns `{ key, title, cell(row), sort?, isNumber?, isWide? }`; `sort` is the name of an order
 * @param sort the order, with a minus when it is turned round
 */
export function Table({ label, columns, rows, keyOf, sort = "", onSort, children }) {
  if (rows.length === 0) return html`<${Empty}>${children}<//>`;
  return html`
    <div class="scroll" role="region" aria-label=${label} tabindex="0">
      <table role="table" aria-label=${label}>
        <thead role="rowgroup">
          <tr role="row">
            ${columns.map((column) =>
              html`<${Heading} key=${column.key} ...${{ column, sort, onSort }} />`
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${rows.map((row) =>
            html`<tr role="row" key=${keyOf(row)}>
              ${columns.map(({ key, title, cell, isNumber, isWide }) =>
                html`
                  <td role="cell" key=${key} data-title=${title}
                    class=${`${isNumber ? "number" : ""} ${isWide ? "wide" : ""}`}>
                    <div>${cell(row)}</div>
                  </td>
                `
              )}
            </tr>`
          )}
        </tbody>
      </table>
    </div>
  `;
}

function Heading({ column: { title, sort: order, isNumber }, sort, onSort }) {
  const className = isNumber ? "number" : "";
  if (order === undefined || onSort === undefined) {
    return html`<th role="columnheader" scope="col" class=${className}>${title || html`<span class="unseen">Acts</span>`}</th>`;
  }
  const isOn = sort.replace("-", "") === order;
  const isTurned = isOn && sort.startsWith("-");
  // Numbers begin with the largest, texts with the first.
  const direction = isTurned === Boolean(isNumber) ? "ascending" : "descending";
  return html`
    <th role="columnheader" scope="col" class=${className} aria-sort=${isOn
      ? direction
      : undefined}>
      <button type="button" class="sort" onClick=${() =>
        onSort(isOn && !isTurned ? `-${order}` : order)}>
        ${title}<span aria-hidden="true">${isOn
          ? direction === "ascending" ? " ↑" : " ↓"
          : ""}</span>
      </button>
    </th>
  `;
}

/** Leads through the pages of a list. */
export function Pager({ total = 0, page, size, onPage }) {
  const last = Math.max(0, Math.ceil(total / size) - 1);
  if (total === 0) return undefined;
  const from = page * size + 1;
  return html`<nav class="pager" aria-label="Pages of the list">
    <span>${count(from)}–${count(Math.min(total, from + size - 1))} of ${count(total)}</span>
    ${last > 0 && html`
      <button type="button" disabled=${page === 0} onClick=${() => onPage(page - 1)}>Back</button>
      <button type="button" disabled=${page >= last} onClick=${() => onPage(page + 1)}>Next</button>
    `}
  </nav>`;
}

/** A field that tells its text when nothing was typed for a moment. */
export function Search({ label, value, onSearch }) {
  const [text, setText] = useState(value);
  const timer = useRef();
  useEffect(() => setText(value), [value]);
  const type = (event) => {
    const typed = event.currentTarget.value;
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(typed.trim()), 250);
  };
  return html`
    <input type="search" class="search" aria-label=${label} placeholder=${label} value=${text}
      onInput=${type} spellcheck="false" autocomplete="off" maxlength="200" />
  `;
}

/** A choice of one of a few. @param options `[value, title]` */
export function Choice({ label, value, options, onChoose }) {
  return html`<select aria-label=${label} value=${value} onChange=${(event) =>
    onChoose(event.currentTarget.value)}>
    ${options.map(([value, title]) => html`<option key=${value} value=${value}>${title}</option>`)}
  </select>`;
}

/** Facts as names and values; a value that is undefined is left out. */
export function Facts({ of }) {
  return html`<dl class="facts">
    ${of.filter(([, value]) => value !== undefined).map(([name, value]) =>
      html`
        <div key=${name}>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )}
  </dl>`;
}

/**
 * A question before something is done.
 * @param fields of the question: `{ name, label, value?, ...attributes }`
 * @param onDone called with the fields' texts by name; it resolves to whether the question is over
 */
export function Question({ title, text, fields = [], verb, onDone, onClose }) {
  const dialog = useRef();
  // Why it was not done is said where it was asked: what lies behind a question is not seen.
  const said = useSaid();
  const id = useId();
  useEffect(() => {
    dialog.current.showModal();
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(
      fields.map(({ name }) => [name, event.currentTarget.elements[name].value.trim()]),
    );
    if (await onDone(values)) onClose();
  };
  return html`
    <dialog ref=${dialog} aria-labelledby=${id} onClose=${onClose}>
      <form onSubmit=${submit}>
        <h2 id=${id}>${title}</h2>
        ${text && html`<p>${text}</p>`}
        ${fields.map(({ name, label, value = "", options, ...more }) =>
          html`<label key=${name}>${label}
            ${options === undefined
              ? html`<input name=${name} defaultValue=${value} autocomplete="off" ...${more} />`
              : html`
                <select name=${name}>
                  ${options.map(([value, title]) => html`<option value=${value}>${title}</option>`)}
                </select>
              `}
          </label>`
        )}
        <p class="trouble" role="alert">${said?.isTrouble && said.text}</p>
        <div class="buttons">
          <button type="button" onClick=${() => dialog.current.close()}>Cancel</button>
          <button class="danger">${verb}</button>
        </div>
      </form>
    </dialog>
  `;
}
