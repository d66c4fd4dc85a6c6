/** Every key of MonaServer.ini: what it is, where it comes from, and what can change at once. */
import { useState } from "preact/hooks";
import { act } from "./api.js";
import { shortened } from "./format.js";
import { html } from "./html.js";
import { attempt, usePolled } from "./hooks.js";
import { Badge, Card, Choice, Empty, Question, Search, Waiting } from "./parts.js";

const KINDS = [["", "All keys"], ["set", "Those that are set"], [
  "live",
  "Those that change at once",
], ["pending", "Those that wait for a restart"]];

const isOf = {
  "": () => true,
  set: ({ isSet }) => isSet,
  live: ({ live }) => live,
  pending: ({ isPending }) => isPending,
};

export function Settings() {
  const { data, error, reload } = usePolled("/settings", 10_000);
  const [search, setSearch] = useState("");
  const [kind, setKind] = useState("");
  const [changed, setChanged] = useState();
  if (data === undefined) {
    return html`
      <h1>Settings</h1>
      <${Waiting} error=${error} />
    `;
  }
  const part = search.toLowerCase();
  const found = data.items.filter((item) =>
    isOf[kind](item) && `${item.key} ${item.help} ${item.value ?? ""}`.toLowerCase().includes(part)
  );
  const sections = Map.groupBy(
    found,
    ({ key }) => key.includes(".") ? key.slice(0, key.indexOf(".")) : "",
  );
  return html`
    <h1>Settings</h1>
    <div class="filters">
      <${Choice} label="Which keys" value=${kind} options=${KINDS} onChoose=${setKind} />
      <${Search} label="Search key or help" value=${search} onSearch=${setSearch} />
    </div>
    ${found.length === 0 && html`
      <${Card} title="Keys">
        <${Empty}>No key matches.<//><//>
    `}
    ${[...sections].map(([section, items]) =>
      html`
        <${Card} key=${section} title=${section === ""
          ? "Before the first section"
          : `[${section}]`}>
          <dl class="settings">${items.map((item) =>
            html`<${Setting} key=${item.key} item=${item} onChange=${() => setChanged(item)} />`
          )}</dl>
        <//>
      `
    )}
    ${changed && html`
      <${Question} title=${`Change ${changed.key}?`} verb="Change"
        text="Until the server stops: MonaServer.ini stays as it is."
        fields=${[{
          name: "value",
          label: `${changed.help} It is ${changed.wanted}.`,
          value: changed.value ?? "",
        }]}
        onClose=${() => setChanged(undefined)}
        onDone=${({ value }) =>
          attempt(
            () => act("/settings", { changes: { [changed.key]: value } }).finally(reload),
            ({ restart }) =>
            restart.length > 0
              ? `${changed.key} needs a restart.`
              : `${changed.key} is ${value || "empty"} now.`,
        )} />
    `}
  `;
}

function Setting(
  {
    item: { key, value, isSecret, isSet, default: usual, unit, help, live, where, isPending },
    onChange,
  },
) {
  const name = key.slice(key.indexOf(".") + 1);
  const shown = isSecret ? isSet ? "(secret)" : "" : value ?? "";
  return html`
    <div class=${isSet ? "set" : ""}>
      <dt><code>${name}</code> ${isPending && html`<${Badge} tone="warn">restart<//>`}</dt>
      <dd>
        <span class="value"><code>${shown === "" ? "empty" : shortened(shown, 200)}</code>
          ${unit && html`<span class="faint">${unit}</span>`}
          ${live && !isSecret &&
            html`<button type="button" class="small" aria-label=${`Change ${key}`} onClick=${onChange}>Change</button>`}
        </span>
        <span class="faint">${help}${isSet
          ? ` Set by ${where ?? "an operator"}${isSecret ? "" : `; otherwise ${usual === "" ? "empty" : usual}`}.`
          : ""}</span>
      </dd>
    </div>
  `;
}
