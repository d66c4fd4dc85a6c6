// A WebSocket server by `ws` that says to all what one says: `node node_ws.mjs PORT`.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: Number(process.argv[2]), host: "127.0.0.1" });
server.on("connection", (socket) => {
  socket.on("message", () => {
    const text = JSON.stringify(["tick", 1, "hello"]);
    for (const client of server.clients) client.send(text);
  });
});
