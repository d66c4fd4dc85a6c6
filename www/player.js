// Lists the live streams of the server and plays one of them: the one behind # in the address, else
// the first that comes.
const byId = (id) => document.getElementById(id);
const [stage, video, status, list] = ["stage", "video", "status", "streams"].map(byId);

/** Milliseconds between two looks at the server. */
const REFRESH = 2000;

let player;
/** The stream that is on the screen, or is to be as soon as it is live. */
let wanted = nameInAddress();
/** Why the wanted stream is not tried again; empty while it is. */
let failure = "";

function nameInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

const pathOf = (name) => `/live/${name.split("/").map(encodeURIComponent).join("/")}`;

/** Says what is going on: on the empty screen, or below the picture. */
function say(text, isIdle) {
  stage.classList.toggle("idle", isIdle);
  if (status.textContent !== text) status.textContent = text;
}

function stop() {
  player?.destroy();
  player = undefined;
  byId("links").hidden = true;
  byId("unmute").hidden = true;
}

function play(name) {
  stop();
  wanted = name;
  failure = "";
  isPaused = false;
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  if (!globalThis.mpegts?.isSupported()) {
    failure = "This browser cannot play live streams: it has no Media Source Extensions.";
    return say(failure, true);
  }
  say(`Waiting for ${name}…`, true);
  // With start=0 the stream goes on without a jump when a publisher begins again.
  const url = new URL(`${pathOf(name)}.flv?start=0`, location.href).href;
  player = mpegts.createPlayer(
    { type: "flv", url, isLive: true },
    { enableWorker: true, liveBufferLatencyChasing: true },
  );
  player.on(mpegts.Events.ERROR, (type, detail) => {
    stop();
    // What the network did may pass; what is in the stream stays.
    if (type !== mpegts.ErrorTypes.NETWORK_ERROR) failure = `${name} cannot be played: ${detail}`;
    say(failure || `${name} was lost, trying again…`, true);
  });
  player.attachMediaElement(video);
  player.load();
  // A browser may refuse to start by itself: the controls are there for that.
  player.play()?.catch(() => {});
}

video.addEventListener("canplay", () => {
  if (player !== undefined && video.paused) say(`${wanted} is live, and paused.`, false);
});
video.addEventListener("playing", () => {
  if (player === undefined) return;
  say(`Playing ${wanted}`, false);
  byId("links").hidden = false;
  byId("flv").href = `${pathOf(wanted)}.flv`;
  byId("ts").href = `${pathOf(wanted)}.ts`;
  byId("rtmp").textContent = `${byId("server").textContent}/${wanted}`;
  byId("unmute").hidden = !video.muted;
});
video.addEventListener("volumechange", () => byId("unmute").hidden = !video.muted || !player);
byId("unmute").addEventListener("click", () => {
  video.muted = false;
  video.focus();
});

/** Whether the viewer paused. What the browser pauses by itself, in a hidden tab, is resumed. */
let isPaused = false;
video.addEventListener("pause", () => isPaused = !document.hidden);
video.addEventListener("play", () => isPaused = false);
document.addEventListener("visibilitychange", () => {
  if (document.hidden || player === undefined || isPaused || !video.paused) return;
  const { buffered } = video;
  const end = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
  if (end - video.currentTime > 3) video.currentTime = end - 1;
  video.play()?.catch(() => {});
});

/** Plays, stops or goes on, by what is live. */
function follow(names) {
  if (names.includes(wanted)) {
    if (failure === "" && player === undefined) play(wanted);
  } else if (player !== undefined) {
    stop();
    say(`${wanted} is over. When it comes back, it goes on here.`, true);
  } else if (wanted === "" && names.length > 0) {
    play(names[0]);
  } else if (wanted === "") {
    say("Nothing is live. Publish a stream, and it plays here.", true);
  } else if (!status.textContent.startsWith(wanted)) {
    say(`${wanted} is not live. When it is, it plays here.`, true);
  }
  if (!names.includes(wanted)) failure = "";
}

function itemOf({ name, listeners, bytesPerSecond }) {
  const button = document.createElement("button");
  button.setAttribute("aria-pressed", String(name === wanted));
  button.addEventListener("click", () => {
    play(name);
    for (const other of list.querySelectorAll("button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  });
  const label = document.createElement("span");
  label.textContent = name;
  const detail = document.createElement("small");
  detail.textContent = `${Math.round(bytesPerSecond * 8 / 1000)} kbit/s, ${listeners} watching`;
  button.append(label, detail);
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function show(streams) {
  const focused = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...streams.map(itemOf));
  list.children[focused]?.firstChild.focus({ preventScroll: true });
  byId("none").hidden = streams.length > 0;
}

function showServer(port) {
  const server = `rtmp://${location.hostname}${port === 1935 ? "" : `:${port}`}/live`;
  byId("server").textContent = server;
  byId("command").textContent =
    `ffmpeg -re -i file.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac -f flv ${server}/test`;
}

async function refresh() {
  try {
    const response = await fetch("/streams");
    const [streams, port] = await response.json();
    if (response.ok) {
      showServer(port);
      follow(streams.map(({ name }) => name));
      show(streams);
    } else {
      say("No streams are listed: the script of the root application has no function streams.", true);
    }
  } catch {
    stop();
    show([]);
    byId("none").hidden = true;
    say("The server does not answer. Trying again…", true);
  }
  setTimeout(refresh, REFRESH);
}

addEventListener("hashchange", () => {
  if (nameInAddress() !== "") play(nameInAddress());
});
showServer(1935);
refresh();
