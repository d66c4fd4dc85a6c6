// The page of the chat application: calls are JSON arrays, the function's name first.
const log = document.getElementById("log");
const form = document.getElementById("form");
const text = document.getElementById("text");
const status = document.getElementById("status");
const RETRY = 2000;

let socket;
let name;

const show = {
  joined: (who) => line("event", `${who} joined`),
  left: (who) => line("event", `${who} left`),
  said: (who, what) => line("", `${who}: ${what}`),
  onStatus: ({ description }) => status.textContent = description,
};

function line(kind, content) {
  const paragraph = document.createElement("p");
  paragraph.className = kind;
  paragraph.textContent = content;
  log.append(paragraph);
  log.scrollTop = log.scrollHeight;
}

function connect() {
  const url = new URL("/chat/", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.onopen = () => {
    status.textContent = "Connected";
    if (name !== undefined) call("join", name);
  };
  socket.onmessage = ({ data }) => {
    const [method, ...args] = JSON.parse(data);
    show[method]?.(...args);
  };
  socket.onclose = () => {
    status.textContent = "Disconnected, trying again…";
    setTimeout(connect, RETRY);
  };
}

function call(...values) {
  socket.send(JSON.stringify(values));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  const value = text.value.trim();
  if (value === "") return;
  if (name === undefined) {
    name = value;
    text.placeholder = "Your message";
    text.setAttribute("aria-label", "Your message");
    form.querySelector("button").textContent = "Send";
    call("join", name);
  } else {
    call("say", value);
  }
  text.value = "";
});

connect();
