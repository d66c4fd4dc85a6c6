// The page for publishers: what to type into an encoder.
import { offerCopy } from "./copy.js";
import { listStreams, rtmpServer } from "./server.js";

const byId = (id) => document.getElementById(id);
const codes = {
  server: "the server's address",
  stream: "the stream key",
  file: "the command for a file",
  picture: "the command for a test picture",
};
for (const [id, what] of Object.entries(codes)) offerCopy(byId(id), what);

let server = rtmpServer({ rtmp: 1935, rtmps: 0 });

/** A text as one word of a shell. */
const quoted = (text) => /^[\w./:?=&%-]*$/.test(text) && !/[?&]/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function show() {
  const name = byId("name").value.trim() || "test";
  const key = byId("key").value.trim();
  const stream = name + (key === "" ? "" : `?key=${encodeURIComponent(key)}`);
  const url = quoted(`${server}/${stream}`);
  const codecs = "-c:v libx264 -preset veryfast -tune zerolatency -g 50 -pix_fmt yuv420p -c:a aac";
  byId("server").textContent = server;
  byId("stream").textContent = stream;
  byId("file").textContent = `ffmpeg -re -i film.mp4 ${codecs} -f flv ${url}`;
  byId("picture").textContent =
    `ffmpeg -re -f lavfi -i testsrc2=size=1280x720:rate=25 -f lavfi -i sine ${codecs} -f flv ${url}`;
  const page = new URL(`/#${encodeURIComponent(name)}`, location.href).href;
  byId("page").href = page;
  byId("page").textContent = page;
}

byId("form").addEventListener("input", show);
byId("form").addEventListener("submit", (event) => event.preventDefault());
show();

try {
  const { ports } = await listStreams();
  const known = rtmpServer(ports);
  if (known === undefined) {
    byId("off").textContent = "RTMP is switched off on this server: set [RTMP] port.";
    byId("off").hidden = false;
  } else {
    server = known;
    show();
  }
} catch {
  // The usual port is shown: most likely it is the right one.
}
