-- A chat room for WebSocket and Flash clients: index.html is its page.

local MAX_TEXT = 500

-- The name is stored in the client, so that it survives an edit of this file. rawget: a client that
-- connects with /chat/?name=Ann has not joined yet.
local function name_of(client)
	return rawget(client, "name")
end

local function broadcast(...)
	for _, member in pairs(clients) do
		if name_of(member) then member.writer:writeInvocation(...) end
	end
end

local function text(value)
	if type(value) ~= "string" or value == "" then error("a text is missing") end
	return value:sub(1, MAX_TEXT)
end

-- ["join","Ann"] in a WebSocket, netConnection.call("join", null, "Ann") in Flash
local function join(client, name)
	client.name = text(name)
	broadcast("joined", client.name)
end

local function say(client, line)
	local name = name_of(client) or error("join first")
	broadcast("said", name, text(line))
end

local function equip(client)
	client.join, client.say = join, say
end

-- After an edit of this file its clients are still connected, with the old functions.
function onStart(path)
	for _, client in pairs(clients) do equip(client) end
	super.onStart(path)
end

function onConnection(client)
	equip(client)
end

function onDisconnection(client)
	local name = name_of(client)
	if name then broadcast("left", name) end
end
