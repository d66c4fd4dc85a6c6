/** What views share: asking again and again, saying what was done, the address. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, connection, watch } from "./api.js";

/** Milliseconds between two looks. */
export const REFRESH = 3000;

/** The connection; the component is drawn again when it changes. */
export function useConnection() {
  const [, draw] = useState(0);
  useEffect(() => watch(() => draw((turn) => turn + 1)), []);
  return connection;
}

/**
 * What a path answers, asked again while the page is seen. What was known stays while another page of
 * a list comes, or the server does not answer.
 * @param path or a function that gives it, while `key` stays
 * @returns {{ data?: object, error?: Error, reload: () => void }}
 */
export function usePolled(path, every = REFRESH, key = path) {
  const [state, setState] = useState({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    const { signal } = stop;
    let timer;
    let isAsking = false;
    const look = async () => {
      clearTimeout(timer);
      if (document.hidden || isAsking) return;
      isAsking = true;
      try {
        const data = await ask(typeof path === "function" ? path() : path, { signal });
        setState({ data, path });
      } catch (error) {
        if (signal.aborted) return;
        const isGone = error.status === 404;
        setState((old) => ({ data: isGone ? undefined : old.data, error, path }));
      } finally {
        isAsking = false;
        if (!signal.aborted) timer = setTimeout(look, every);
      }
    };
    document.addEventListener("visibilitychange", look, { signal });
    look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, every, turn]);
  const reload = useCallback(() => setTurn((turn) => turn + 1), []);
  return { ...state, reload };
}

/** Milliseconds between two samples of the server, and how many it keeps. */
const SAMPLE = 5000;
const SAMPLES = 720;

/**
 * The curves of the last hour: all of them at first, then what is new.
 * @returns {{ interval: number, from: number, series: object } | undefined}
 */
export function useHistory(path) {
  const [history, setHistory] = useState();
  const known = history?.path === path ? history : undefined;
  const ask = () => {
    // What was missed while the page was hidden, and two samples more.
    const missing = known === undefined ? SAMPLES : (Date.now() - endOf(known)) / SAMPLE + 2;
    return `${path}?samples=${Math.min(SAMPLES, Math.max(2, Math.ceil(missing)))}`;
  };
  const asking = useRef();
  asking.current = ask;
  const { data } = usePolled(() => asking.current(), SAMPLE, path);
  useEffect(() => {
    if (data === undefined) return;
    setHistory((old) => ({ ...joined(old?.path === path ? old : undefined, data), path }));
  }, [data]);
  return known;
}

const lengthOf = ({ series }) => Object.values(series)[0]?.length ?? 0;
const endOf = (curves) => curves.from + curves.interval * lengthOf(curves);

/** Curves and newer ones that overlap; where they do not, as after a restart, the newer ones alone. */
function joined(old, fresh) {
  if (old === undefined || fresh.from < old.from || fresh.from > endOf(old) + fresh.interval) {
    return fresh;
  }
  const kept = Math.max(0, Math.round((fresh.from - old.from) / old.interval));
  const series = Object.fromEntries(
    Object.entries(fresh.series).map((
      [name, values],
    ) => [name, [...(old.series[name] ?? []).slice(0, kept), ...values].slice(-SAMPLES)]),
  );
  const { interval } = fresh;
  return { interval, from: endOf(fresh) - interval * lengthOf({ series }), series };
}

const listeners = new Set();

/** Tells the person what became of what they did. */
export function say(text, isTrouble = false) {
  for (const listener of listeners) listener({ text, isTrouble });
}

/** What was said last; undefined after a while. */
export function useSaid(patience = 6000) {
  const [said, setSaid] = useState();
  useEffect(() => {
    let timer;
    const listener = (message) => {
      clearTimeout(timer);
      setSaid(message);
      timer = setTimeout(() => setSaid(undefined), patience);
    };
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return said;
}

/** Does something and says so, or why it failed. Returns whether it was done. */
export async function attempt(run, done) {
  try {
    const result = await run();
    say(typeof done === "function" ? done(result) : done);
    return true;
  } catch (error) {
    say(error.message, true);
    return false;
  }
}

/** The address behind #: its parts, and its query. */
export function useAddress() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const look = () => setHash(location.hash);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").map(decoded), query: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An address of a view. */
export const link = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;
