/** Clients as they are named everywhere, and what can be done about one. */
import { act, part } from "./api.js";
import { html } from "./html.js";
import { attempt, link } from "./hooks.js";
import { Name, Question } from "./parts.js";

/** The address of a client, which leads to it in the list; with whose key let it in. */
export function Who({ client }) {
  if (client === null || client === undefined) return html`<span class="faint">–</span>`;
  const { id, address, user, transport } = client;
  return html`<span class="who">
    <${Name} text=${address} href=${link("clients", id)} />
    ${user && html`<span class="faint"><${Name} text=${user} longest=${40} /></span>`}
    ${transport && html`<span class="faint">${transport}</span>`}
  </span>`;
}

/** The host of `host:port`, as bans want it. */
export const hostOf = (address) => address.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");

export function KickQuestion({ client, onClose, onDone = () => {} }) {
  return html`
    <${Question} title="End this connection?" verb="Kick"
      text=${`${client.address} may connect again at once.`}
      fields=${[{ name: "words", label: "What the client is told (optional)", maxlength: 200 }]}
      onClose=${onClose}
      onDone=${async (body) => {
        const isDone = await attempt(
          () => act(`/clients/${part(client.id)}/kick`, body),
        `${client.address} was kicked.`,
        );
        if (isDone) onDone();
        return isDone;
      }} />
  `;
}

const TIMES = [["600", "10 minutes"], ["3600", "an hour"], ["86400", "a day"], [
  "0",
  "until the server stops",
]];

export function BanQuestion({ address = "", onClose, onDone = () => {} }) {
  return html`
    <${Question} title="Ban an address?" verb="Ban"
      text="Its connections are cut, and every protocol refuses it."
      fields=${[
        {
          name: "address",
          label: "Address, or a range such as 10.0.0.0/8",
          value: hostOf(address),
          required: true,
        },
        { name: "seconds", label: "For how long", options: TIMES },
        { name: "words", label: "Why, for the list (optional)", maxlength: 200 },
      ]}
      onClose=${onClose}
      onDone=${async ({ address, seconds, words }) => {
        const isDone = await attempt(
          () => act("/bans", { address, seconds: Number(seconds), words }),
        `${address} is banned.`,
        );
        if (isDone) onDone();
        return isDone;
      }} />
  `;
}
