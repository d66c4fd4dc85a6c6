/** Evaluates Lua in an application. */
import { useEffect, useRef, useState } from "preact/hooks";
import { act, part } from "./api.js";
import { html } from "./html.js";
import { Card, Empty } from "./parts.js";

/** Entries that are kept in view. */
const KEPT = 50;

export function Console({ path, isOn }) {
  const [entries, setEntries] = useState([]);
  const [source, setSource] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  /** How many entries back the arrow up has gone. */
  const back = useRef(0);
  const end = useRef();
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [entries]);
  if (!isOn) {
    return html`
      <${Card} title="Console">
        <${Empty}>It is switched off: [admin] console.<//><//>
    `;
  }
  const run = async (event) => {
    event.preventDefault();
    const text = source.trim();
    if (text === "" || isBusy) return;
    setIsBusy(true);
    let answer;
    try {
      const { results, printed = [] } = await act(`/applications/${part(path)}/evaluate`, {
        source: text,
      });
      answer = { results, printed };
    } catch (error) {
      answer = { error: error.message };
    }
    back.current = 0;
    setEntries((entries) => [...entries, { source: text, ...answer }].slice(-KEPT));
    setSource("");
    setIsBusy(false);
  };
  const recall = (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (step === undefined || entries.length === 0) return;
    back.current = Math.max(0, Math.min(entries.length, back.current + step));
    setSource(back.current === 0 ? "" : entries.at(-back.current).source);
    event.preventDefault();
  };
  return html`
    <${Card} title="Console" aside=${html`<span class="faint">each line is in the log</span>`}>
      <div class="terminal" role="log" aria-label="Answers" tabindex="0">
        ${entries.length === 0 &&
          html`<p class="faint">Lua in this application, as in <code>#mona.clients</code>${" or "}
            <code>mona.publications.film.lastTime</code></p>`}
        ${entries.map(({ source, results = [], printed = [], error }, at) =>
          html`<div key=${at}>
            <p class="asked">${source}</p>
            ${printed.map((line) => html`<p class="faint">${line}</p>`)}
            ${error !== undefined && html`<p class="trouble">${error}</p>`}
            ${error === undefined &&
              html`<p>${results.length === 0 ? html`<span class="faint">done</span>` : results.join("  ")}</p>`}
          </div>`
        )}
        <span ref=${end}></span>
      </div>
      <form class="ask" onSubmit=${run}>
        <input aria-label="Lua to evaluate" placeholder="Lua" value=${source} spellcheck="false"
          autocomplete="off"
          autocapitalize="off" onInput=${(event) =>
            setSource(event.currentTarget.value)} onKeyDown=${recall} />
        <button class="primary" disabled=${isBusy}>Run</button>
      </form>
    <//>
  `;
}
