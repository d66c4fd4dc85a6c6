// The page of the chat application: calls are JSON arrays, the function's name first.
const [log, form, text, send, status, rename] = ["log", "form", "text", "send", "status", "rename"]
  .map((id) => document.getElementById(id));

/** Milliseconds before a lost connection is made again. */
const RETRY = 2000;
/** Lines that are kept. */
const MAX_LINES = 500;
/** Characters of a name. */
const MAX_NAME = 40;

/** Who this tab is, over a reload: the key makes the tag and is not shown to others. */
const me = { name: sessionStorage.getItem("chat name") ?? undefined, key: keyOfTab(), tag: "" };
let socket;
/** Tags that were seen with a name: one alone need not be shown. */
const tagsOf = new Map();

function keyOfTab() {
  const key = sessionStorage.getItem("chat key") ??
    Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
  sessionStorage.setItem("chat key", key);
  return key;
}

const show = {
  welcome(tag, history) {
    me.tag = tag;
    const lines = Object.values(history);
    // A server that has just started knows less than this page.
    if (lines.length > 0) log.replaceChildren();
    for (const { at, name, text, tag } of lines) show.said(name, text, tag, at);
    say(`You are ${me.name}`, false);
  },
  joined: (who, tag) => line("event", [person(who, tag), " joined"]),
  left: (who, tag) => line("event", [person(who, tag), " left"]),
  said: (who, what, tag, at) => line("", [timeOf(at), person(who, tag), `: ${what}`]),
  onStatus: ({ description }) => say(description, true),
};

function say(what, isTrouble) {
  status.textContent = what;
  status.classList.toggle("trouble", isTrouble);
}

/** A name in its person's colour; with the tag once another has the same name. */
function person(name, tag = "") {
  const tags = tagsOf.get(name) ?? new Set();
  tagsOf.set(name, tags.add(tag));
  const speaker = document.createElement("b");
  speaker.textContent = name;
  const mark = document.createElement("small");
  mark.textContent = `#${tag}`;
  mark.hidden = tag === "" || tags.size < 2;
  mark.dataset.name = name;
  if (tags.size === 2) {
    for (const other of log.querySelectorAll("small")) {
      if (other.dataset.name === name) other.hidden = false;
    }
  }
  if (tag !== "") {
    const hue = parseInt(tag, 16) * 137 % 360;
    speaker.style.setProperty("--who", `light-dark(hsl(${hue} 80% 28%), hsl(${hue} 70% 75%))`);
  }
  speaker.append(mark);
  return speaker;
}

function timeOf(at) {
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  time.textContent = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return time;
}

/** Adds a line to the log, and scrolls to its end unless the user has scrolled up. */
function line(kind, parts) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const paragraph = document.createElement("p");
  paragraph.className = kind;
  paragraph.append(...parts);
  log.append(paragraph);
  if (log.children.length > MAX_LINES) log.firstChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function connect() {
  const url = new URL("/chat/", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.onopen = () => {
    say("Connected", false);
    send.disabled = false;
    if (me.name !== undefined) join(me.name);
  };
  socket.onmessage = ({ data }) => {
    const [method, ...args] = JSON.parse(data);
    show[method]?.(...args);
  };
  socket.onclose = () => {
    say("Disconnected, trying again…", true);
    send.disabled = true;
    setTimeout(connect, RETRY);
  };
}

function call(...values) {
  socket.send(JSON.stringify(values));
}

/** Asks for a name, or for a message once there is one. */
function ask() {
  const isIn = me.name !== undefined;
  const what = isIn ? "Your message" : "Your name";
  text.placeholder = what;
  text.setAttribute("aria-label", what);
  text.maxLength = isIn ? 500 : MAX_NAME;
  send.textContent = isIn ? "Send" : "Join";
  rename.hidden = !isIn;
}

function join(name) {
  me.name = name;
  sessionStorage.setItem("chat name", name);
  ask();
  call("join", name, me.key);
  say(`You are ${name}`, false);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const value = text.value.trim();
  if (value === "" || socket.readyState !== WebSocket.OPEN) return;
  if (me.name === undefined) join(value);
  else call("say", value);
  text.value = "";
});

rename.addEventListener("click", () => {
  text.value = me.name;
  me.name = undefined;
  ask();
  text.select();
  text.focus();
});

ask();
connect();
