/** The page itself: who is asked, the way to each view, and what happens when the server is gone. */
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { logIn, tryToken } from "./api.js";
import { Application, Applications } from "./applications.js";
import { Bans } from "./bans.js";
import { Client, Clients } from "./clients.js";
import { duration, shortened } from "./format.js";
import { html } from "./html.js";
import { link, useAddress, useConnection, usePolled, useSaid } from "./hooks.js";
import { Log } from "./log.js";
import { Overview } from "./overview.js";
import { Refusals } from "./refusals.js";
import { Servers } from "./servers.js";
import { Settings } from "./settings.js";
import { Stream } from "./stream.js";
import { Streams } from "./streams.js";

const VIEWS = [
  ["", "Overview", () => html`<${Overview} />`],
  [
    "streams",
    "Streams",
    ({ name, query }) =>
      name ? html`<${Stream} key=${name} name=${name} />` : html`<${Streams} query=${query} />`,
  ],
  [
    "clients",
    "Clients",
    ({ name, query }) =>
      name
        ? html`<${Client} key=${name} id=${name} />`
        : html`<${Clients} key=${String(query)} query=${query} />`,
  ],
  ["refusals", "Refusals", ({ query }) => html`<${Refusals} query=${query} />`],
  [
    "applications",
    "Applications",
    ({ name, query }) =>
      name
        ? html`<${Application} key=${name} path=${name} query=${query} />`
        : html`<${Applications} query=${query} />`,
  ],
  ["servers", "Servers", () => html`<${Servers} />`],
  ["log", "Log", ({ query }) => html`<${Log} query=${query} />`],
  ["bans", "Bans", () => html`<${Bans} />`],
  ["settings", "Settings", () => html`<${Settings} />`],
];

const THEMES = { "": "light dark", light: "light", dark: "dark" };

function useTheme() {
  const [theme, setTheme] = useState(localStorage.getItem("mona theme") ?? "");
  useEffect(() => {
    document.documentElement.style.colorScheme = THEMES[theme] ?? THEMES[""];
    localStorage.setItem("mona theme", theme);
    dispatchEvent(new Event("themechange"));
  }, [theme]);
  return [theme, setTheme];
}

function LogIn() {
  const { isRefused, isUp } = useConnection();
  const [trouble, setTrouble] = useState(
    isRefused ? "The server refused the token: it may have changed." : "",
  );
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const token = event.currentTarget.elements.token.value.trim();
    if (token === "") return;
    if (!/^[\x21-\x7e]+$/.test(token)) {
      return setTrouble("A token has neither spaces nor letters of other scripts.");
    }
    setIsBusy(true);
    setTrouble("");
    try {
      await tryToken(token);
    } catch (error) {
      setTrouble(error.status === 401 ? "This is not the token." : error.message);
      setIsBusy(false);
    }
  };
  return html`
    <main class="login">
      <form onSubmit=${submit}>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M12 9v14l11-7z" />
        </svg>
        <h1>MonaServer</h1>
        <label>Token
          <input name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="where" />
        </label>
        <p id="where"
          class="faint">It is <code>[admin] token</code> of MonaServer.ini, or in the file <code>admin.token</code>
          of the data folder. This tab forgets it when it is closed.</p>
        <p class="trouble" role="alert">${isUp
          ? trouble
          : trouble || "The server does not answer."}</p>
        <button class="primary" disabled=${isBusy}>Log in</button>
      </form>
    </main>
  `;
}

function Frame() {
  const { isUp } = useConnection();
  const said = useSaid();
  const { parts: [view = "", name = ""], query } = useAddress();
  const [theme, setTheme] = useTheme();
  const { data: overview } = usePolled("/overview", 5000);
  const [, title, draw] = VIEWS.find(([id]) => id === view) ?? VIEWS[0];
  const main = useRef();
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${isUp ? "" : "(gone) "}${shortened(name || title, 60)} – MonaServer`;
  }, [title, name, isUp]);
  // A view that was asked for is where the keyboard and the screen reader go on.
  useEffect(() => {
    if (!isFirst.current) main.current.focus({ preventScroll: true });
    isFirst.current = false;
    scrollTo(0, 0);
  }, [view, name]);
  // On a phone the views are a row that scrolls.
  useEffect(() => {
    const row = document.querySelector(".views");
    const here = row.querySelector("[aria-current]");
    row.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - row.clientWidth / 2;
  }, [title]);
  const server = overview?.server;
  const isReady = overview?.ready.isReady ?? true;
  const state = !isUp
    ? ["bad", "gone, trying again…"]
    : !isReady
    ? ["warn", "not ready"]
    : ["good", "ready"];
  const next = { "": "light", light: "dark", dark: "" }[theme] ?? "";
  const shown = { light: "Light", dark: "Dark" }[theme] ?? "Auto";
  return html`
    <a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), main.current.focus())}>To the view</a>
    <header class="bar">
      <a class="brand" href=${link("")}>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M12 9v14l11-7z" />
        </svg>
        <span>MonaServer</span>
      </a>
      <p class="state" role="status"><span class=${`dot ${state[0]}`}></span>${state[1]}</p>
      <p class="about">${server &&
        `${server.host || location.hostname} · ${server.version} · up ${duration(server.uptime)}`}</p>
      <button type="button" class="quiet" onClick=${() => setTheme(next)}
        aria-label=${`${shown}: the colours of the page; change to ${next || "the system's"}`}>
        ${shown}</button>
      <button type="button" class="quiet" onClick=${() => logIn("")}>Log out</button>
    </header>
    <nav class="views" aria-label="Views">
      <ul>
        ${VIEWS.map(([id, text]) =>
          html`<li key=${id}><a href=${link(id)} aria-current=${text === title ? "page" : undefined}>${text}</a></li>`
        )}
      </ul>
    </nav>
    <main ref=${main} id="main" tabindex="-1" class=${isUp ? "" : "stale"}>
      ${!isUp && html`
        <p class="gone"
          role="alert">The server does not answer. What you see is how it was; the page goes on by itself.</p>
      `}
      ${draw({ name, query })}
    </main>
    <p class=${`said ${said?.isTrouble ? "trouble" : ""}`} role="status" hidden=${said === undefined}>${said?.text}</p>
  `;
}

function App() {
  const { token } = useConnection();
  return token === "" ? html`<${LogIn} />` : html`<${Frame} />`;
}

render(html`<${App} />`, document.getElementById("app"));
