-- A chat room for WebSocket and Flash clients: index.html is its page.

local MAX_TEXT = 500
local names = {}

local function broadcast(...)
	for id in pairs(names) do
		local member = mona.clients(id)
		if member then member.writer:writeInvocation(...) end
	end
end

local function text(value)
	if type(value) ~= "string" or value == "" then error("a text is missing") end
	return value:sub(1, MAX_TEXT)
end

function onConnection(client, ...)
	-- ["join","Ann"] in a WebSocket, netConnection.call("join", null, "Ann") in Flash
	function client:join(name)
		names[client.id] = text(name)
		broadcast("joined", names[client.id])
	end

	function client:say(line)
		local name = names[client.id]
		if not name then error("join first") end
		broadcast("said", name, text(line))
	end
end

function onDisconnection(client)
	local name = names[client.id]
	names[client.id] = nil
	if name then broadcast("left", name) end
end
