// The page of the chat application: calls are JSON arrays, the function's name first.
const [log, form, text, send, status] = ["log", "form", "text", "send", "status"]
  .map((id) => document.getElementById(id));

/** Milliseconds before a lost connection is made again. */
const RETRY = 2000;
/** Lines that are kept. */
const MAX_LINES = 500;

let socket;
let name;

const show = {
  joined: (who) => line("event", `${who} joined`),
  left: (who) => line("event", `${who} left`),
  said: (who, what) => {
    const speaker = document.createElement("b");
    speaker.textContent = who;
    line("", speaker, `: ${what}`);
  },
  onStatus: ({ description }) => say(description, true),
};

function say(what, isTrouble) {
  status.textContent = what;
  status.classList.toggle("trouble", isTrouble);
}

/** Adds a line to the log, and scrolls to its end unless the user has scrolled up. */
function line(kind, ...parts) {
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
    if (name !== undefined) call("join", name);
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

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const value = text.value.trim();
  if (value === "" || socket.readyState !== WebSocket.OPEN) return;
  if (name === undefined) {
    name = value;
    text.placeholder = "Your message";
    text.setAttribute("aria-label", "Your message");
    send.textContent = "Send";
    call("join", name);
  } else {
    call("say", value);
  }
  text.value = "";
});

connect();
