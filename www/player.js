// Lists the live streams of the server and plays one of them.
const video = document.getElementById("video");
const status = document.getElementById("status");
const list = document.getElementById("streams");
const REFRESH = 2000;

let player;
let playing;

const server = `rtmp://${location.hostname}/live`;
document.getElementById("server").textContent = server;
document.getElementById("command").textContent =
  `ffmpeg -re -i file.mp4 -c:v libx264 -c:a aac -f flv ${server}/test`;

function stop() {
  player?.destroy();
  player = undefined;
  playing = undefined;
}

function play(name) {
  stop();
  playing = name;
  status.textContent = `Waiting for ${name}…`;
  if (!globalThis.mpegts?.isSupported()) {
    status.textContent = "This browser cannot play live streams: it has no Media Source Extensions.";
    return;
  }
  const url = new URL(`/live/${encodeURIComponent(name)}.flv`, location.href).href;
  player = mpegts.createPlayer(
    { type: "flv", url, isLive: true },
    { enableWorker: true, liveBufferLatencyChasing: true },
  );
  player.on(mpegts.Events.ERROR, (_type, detail) => {
    status.textContent = `${name} stopped: ${detail}`;
    stop();
  });
  player.attachMediaElement(video);
  player.load();
  // A browser may refuse to start by itself: the controls are there for that.
  player.play()?.catch(() => {});
}

video.addEventListener("playing", () => {
  status.textContent = `Playing ${playing}`;
});

function show(streams) {
  const items = streams.map(({ name, listeners, bytesPerSecond }) => {
    const button = document.createElement("button");
    button.setAttribute("aria-pressed", String(name === playing));
    button.addEventListener("click", () => play(name));
    const label = document.createElement("span");
    label.textContent = name;
    const detail = document.createElement("small");
    detail.textContent = `${Math.round(bytesPerSecond * 8 / 1000)} kbit/s, ${listeners} watching`;
    button.append(label, detail);
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  const focused = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...items);
  list.children[focused]?.firstChild.focus();
  if (playing === undefined) {
    if (streams.length > 0) play(streams[0].name);
    else status.textContent = "Nothing is live: publish a stream as below and it plays here.";
  }
}

async function refresh() {
  try {
    const response = await fetch("/streams");
    const [streams] = await response.json();
    show(streams);
  } catch (error) {
    status.textContent = `The server does not answer: ${error.message}`;
  }
  setTimeout(refresh, REFRESH);
}

refresh();
