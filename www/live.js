// Lists the streams that can be played and plays one of them: the one behind # in the address, else
// the first that is live.
import { offerCopy } from "./copy.js";
import { Player, prepare } from "./player.js";
import { listStreams, NoList, pathOf, rtmpServer } from "./server.js";

const byId = (id) => document.getElementById(id);
const [stage, video, list, unmute] = ["stage", "video", "streams", "unmute"].map(byId);

/** Milliseconds between two looks at the server. */
const REFRESH = 2000;

/** The name of the way to play by, where the address says one. */
const way = new URLSearchParams(location.search).get("way");
prepare(video, way);

let player;
/** The stream that is on the screen, or is to be as soon as it is live. */
let wanted = nameInAddress();
/** Why the wanted stream is not tried again; empty while it is. */
let failure = "";
let kinds = { audio: true, video: true };
let server;

for (const [id, what] of [["rtmp", "RTMP URL"], ["flv", "FLV URL"], ["hls", "HLS URL"], ["ts", "MPEG-TS URL"], ["here", "link"]]) {
  offerCopy(byId(id), what);
}

function nameInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

function setText(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

/** Nothing is on the screen, for this reason. */
function explain(text, isEmpty = false) {
  stage.classList.add("idle");
  byId("caption").hidden = true;
  byId("links").hidden = true;
  byId("how").hidden = !isEmpty;
  setText("trouble", text);
}

/** What is on the screen. */
function tell(text) {
  stage.classList.remove("idle");
  byId("caption").hidden = false;
  setText("trouble", "");
  setText("title", wanted);
  setText("status", text);
  showKinds();
}

function showKinds() {
  const isShown = !stage.classList.contains("idle");
  byId("sound").hidden = !isShown || kinds.video;
  unmute.hidden = !isShown || !kinds.audio || !video.muted;
}

function stop() {
  player?.close();
  player = undefined;
  showKinds();
}

function play(name) {
  stop();
  wanted = name;
  failure = "";
  kinds = { audio: true, video: true };
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  explain(`Waiting for ${name}…`);
  player = new Player(video, pathOf(name), {
    failed(text) {
      stop();
      failure = `${name} cannot be played. ${text}`;
      explain(failure);
    },
    lost() {
      stop();
      explain(`${name} was lost, trying again…`);
    },
    kinds(found) {
      kinds = found;
      showKinds();
    },
  }, way);
}

/** Tells by which way it plays, and how far the screen is behind what has come. */
function showDelay() {
  const delay = player?.delay;
  const isShown = delay >= 0 && !video.paused && !stage.classList.contains("idle");
  setText("delay", isShown ? `${player.way}, ${delay.toFixed(1)} s behind` : "");
}
setInterval(showDelay, 1000);

video.addEventListener("canplay", () => {
  if (player !== undefined && video.paused) tell("Paused");
});
video.addEventListener("playing", () => {
  if (player === undefined) return;
  tell("Playing");
  byId("links").hidden = false;
  const at = (path) => new URL(path, location.href).href;
  setText("flv", at(`${pathOf(wanted)}.flv`));
  setText("hls", at(`${pathOf(wanted)}.m3u8`));
  setText("ts", at(`${pathOf(wanted)}.ts`));
  setText("rtmp", server === undefined ? "RTMP is off" : `${server}/${wanted}`);
  setText("here", at(`/#${encodeURIComponent(wanted)}`));
});
video.addEventListener("pause", () => {
  if (player !== undefined && !document.hidden) tell("Paused");
});
video.addEventListener("volumechange", showKinds);
unmute.addEventListener("click", () => {
  video.muted = false;
  video.focus();
});

/** Plays, stops or goes on, by what there is. */
function follow(streams) {
  const entry = streams.find(({ name }) => name === wanted);
  if (entry === undefined) failure = "";
  if (entry !== undefined) {
    if (entry.running) {
      kinds = { audio: entry.audio ?? true, video: entry.video ?? true };
      if (player !== undefined) showKinds();
    }
    if (failure === "" && player === undefined) play(wanted);
  } else if (player !== undefined) {
    stop();
    explain(`${wanted} is over. When it comes back, it goes on here.`);
  } else if (wanted === "") {
    const first = streams.find(({ running }) => running) ??
      streams.find(({ origin }) => origin === "server");
    if (first !== undefined) play(first.name);
    else if (streams.length > 0) explain("Choose a stream.");
    else explain("Nothing is live. Publish a stream, and it plays here.", true);
  } else if (!byId("trouble").textContent.startsWith(wanted)) {
    explain(`${wanted} is not live. When it is, it plays here.`, true);
  }
}

/** Kilobits, or megabits, per second. */
function rate(bytesPerSecond) {
  const kilobits = bytesPerSecond * 8 / 1000;
  return kilobits < 1000 ? `${Math.round(kilobits)} kbit/s` : `${(kilobits / 1000).toFixed(1)} Mbit/s`;
}

function detailOf({ running, origin, byteRate = 0, listeners = 0 }) {
  if (running) return `${rate(byteRate)}, ${listeners} watching`;
  return origin === "relay" ? "fetched when you choose it" : "on another server";
}

/** The item of a stream; its parts are filled by {@link fill}. */
function newItem(name) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const [label, mark, detail] = ["span", "span", "small"].map((tag) => document.createElement(tag));
  label.className = "name";
  label.textContent = name;
  button.append(label, mark, detail);
  button.addEventListener("click", () => {
    play(name);
    for (const other of list.querySelectorAll("button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  });
  item.append(button);
  item.dataset.name = name;
  return item;
}

function fill(item, entry) {
  const [button] = item.children;
  const [, mark, detail] = button.children;
  button.setAttribute("aria-pressed", String(entry.name === wanted));
  const isOnDemand = !entry.running && entry.origin === "relay";
  const isSound = entry.running && entry.video === false;
  mark.className = `mark${isOnDemand ? " off" : isSound ? " ear" : ""}`;
  mark.textContent = isOnDemand ? "Relay" : isSound ? "Live sound" : "Live";
  detail.textContent = detailOf(entry);
}

/** The items of streams that stay are kept, with their focus. */
function show(streams) {
  const items = new Map([...list.children].map((item) => [item.dataset.name, item]));
  const wantedItems = streams.map((entry) => {
    const item = items.get(entry.name) ?? newItem(entry.name);
    items.delete(entry.name);
    fill(item, entry);
    return item;
  });
  for (const item of items.values()) item.remove();
  wantedItems.forEach((item, at) => {
    if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
  });
  byId("none").hidden = streams.length > 0;
}

async function refresh() {
  try {
    const { streams, ports } = await listStreams();
    server = rtmpServer(ports);
    const entries = streams.map((entry) => ({ running: true, ...entry }));
    follow(entries);
    show(entries);
  } catch (error) {
    if (!(error instanceof NoList)) throw error;
    stop();
    show([]);
    byId("none").hidden = true;
    explain(error.message);
  } finally {
    setTimeout(refresh, REFRESH);
  }
}

addEventListener("hashchange", () => {
  if (nameInAddress() !== "") play(nameInAddress());
});
refresh();
