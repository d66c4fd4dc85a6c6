/** Bare Deno.serve: the same answers, ready made. */
const file = new Uint8Array(1000).fill(0x78);
const { addr } = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
  if (request.method === "POST") return echo(request);
  if (request.headers.has("upgrade")) {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(JSON.stringify(JSON.parse(data).slice(1)));
    return response;
  }
  return new Response(file, { headers: { "content-type": "text/plain; charset=utf-8" } });
});

async function echo(request: Request): Promise<Response> {
  const [, ...args] = await request.json();
  return Response.json(args);
}

await Deno.stdout.write(new TextEncoder().encode(String(addr.port)));
