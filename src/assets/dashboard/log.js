/** The log's tail: what was written lately, and what is written now. */
import { useEffect, useRef, useState } from "preact/hooks";
import { act, ask, follow, withQuery } from "./api.js";
import { shortened, timeOf } from "./format.js";
import { html } from "./html.js";
import { attempt, link, usePolled } from "./hooks.js";
import { Button, Card, Choice, Empty, Search } from "./parts.js";

/** Lines that are kept in view. */
const KEPT = 500;
/** Milliseconds for which new lines are gathered before they are shown. */
const GATHER = 200;

const LEVELS = ["CRITIC", "ERROR", "WARN", "NOTE", "INFO", "DEBUG", "TRACE"];
const SHOWN = LEVELS.slice(0, 6).map((
  level,
) => [level, level === "CRITIC" ? "CRITIC only" : `${level} and worse`]);

/** The newest lines that a filter lets through, and whether more come. */
function useTail(filter, isFollowing) {
  const [lines, setLines] = useState([]);
  const [error, setError] = useState();
  const { level, search, name } = filter;
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    let gathered = [];
    let timer;
    const look = async () => {
      try {
        const { lines } = await ask(withQuery("/log", { level, search, name, limit: KEPT }), {
          signal,
        });
        setLines(lines);
        setError(undefined);
      } catch (error) {
        if (!signal.aborted) setError(error);
      }
    };
    const show = () => {
      const fresh = gathered;
      gathered = [];
      timer = undefined;
      setLines((lines) => [...lines, ...fresh].slice(-KEPT));
    };
    const matches = ({ name: its, text }) =>
      `${its} ${text}`.toLowerCase().includes(search.toLowerCase()) && its.startsWith(name);
    look();
    if (isFollowing) {
      follow(withQuery("/events", { kinds: "log", level }), (kind, line) => {
        if (kind !== "log" || !matches(line)) return;
        gathered.push(line);
        if (gathered.length > KEPT) gathered.shift();
        timer ??= setTimeout(show, GATHER);
      }, signal);
    }
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [level, search, name, isFollowing]);
  return { lines, error };
}

export function Log({ query }) {
  const [level, setLevel] = useState("INFO");
  const [search, setSearch] = useState(query.get("search") ?? "");
  const [isFollowing, setIsFollowing] = useState(true);
  const { lines, error } = useTail({ level, search, name: "" }, isFollowing);
  const { data: overview, reload } = usePolled("/overview", 10_000);
  const list = useRef();
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);
  const scrolled = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
  const written = overview?.server.level ?? "";
  const setWritten = (level) =>
    attempt(() => act("/log/level", { level }), `The server writes ${level} and worse now.`).then(
      reload,
    );
  return html`
    <h1>Log</h1>
    <${Card} title="Newest last" aside=${html`
      <div class="filters">
        <${Choice} label="Which lines" value=${level} options=${SHOWN} onChoose=${setLevel} />
        <${Search} label="Search text or peer" value=${search} onSearch=${setSearch} />
        <${Button} onPress=${() => setIsFollowing(!isFollowing)} aria-pressed=${!isFollowing}>
          ${isFollowing ? "Hold" : "Go on"}<//>
      </div>
    `}>
      ${error && html`<p class="trouble" role="status">${error.message}</p>`}
      <div class="lines" ref=${list} onScroll=${scrolled} role="log" aria-label="Lines of the log" aria-live="off" tabindex="0">
        ${lines.length === 0 && html`<${Empty}>No line ${search ? "matches" : "so far"}.<//>`}
        ${lines.map(({ id, at, level, name, text }) =>
          html`<p key=${id} class=${level.toLowerCase()}>
            <time>${timeOf(at)}</time> <b>${level}</b> <i><${Peer} name=${name} /></i>${" "}
            <bdi>${shortened(text, 500)}</bdi>
          </p>`
        )}
      </div>
      ${written && html`<p class="level">The server writes${" "}
        <${Choice} label="Level that the server writes" value=${written} options=${LEVELS.map((level) => [level, level])} onChoose=${setWritten} />
        ${" and worse, until it stops; "}<code>[logs] level</code> is for always.</p>`}
    <//>
  `;
}

/** A line's name, whose peer leads to the clients of that address. */
function Peer({ name }) {
  const [, room, address] = /^(\S+) (\S+:\d+)$/.exec(name) ?? [];
  if (address === undefined) return shortened(name, 80);
  return html`${room} <a href=${`${link("clients")}?search=${encodeURIComponent(address)}`}>${shortened(address, 60)}</a>`;
}
