-- A chat room for WebSocket and Flash clients: index.html is its page.

local MAX_TEXT = 500
-- Messages that newcomers see.
local MAX_HISTORY = 50

local history = {}

-- Name and tag are stored in the client, so that they survive an edit of this file. rawget: a client
-- that connects with /chat/?name=Ann has not joined yet.
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

-- Two people may have one name: a tag of four digits, made of a key that only they know, tells them
-- apart, and stays when they come again.
local function tag_of(key)
	return (mona:sha256("chat " .. key):sub(1, 2):gsub(".", function(byte)
		return string.format("%02x", byte:byte())
	end))
end

-- ["join","Ann","key"] in a WebSocket, netConnection.call("join", null, "Ann") in Flash. Answers with
-- the tag, and the history as an array of {at, name, text, tag}.
local function join(client, name, key)
	local isNew = not name_of(client)
	client.name = text(name)
	client.tag = tag_of(type(key) == "string" and key or client.id)
	if isNew then client.writer:writeInvocation("welcome", client.tag, history) end
	broadcast("joined", client.name, client.tag)
end

local function say(client, line)
	local name = name_of(client) or error("join first")
	line = text(line)
	local at = mona.epochTime
	table.insert(history, { at = at, name = name, text = line, tag = client.tag })
	if #history > MAX_HISTORY then table.remove(history, 1) end
	broadcast("said", name, line, client.tag, at)
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
	if name then broadcast("left", name, client.tag) end
end
