-- Runs once in a new VM, after lua51.lua and before any script: what keeps scripts within bounds, and
-- the environments of applications. Returns the functions that the binding calls.

local print_line, main_thread, event_threads = ...
local debug_getmetatable, getinfo = debug.getmetatable, debug.getinfo
local getupvalue, upvaluejoin = debug.getupvalue, debug.upvaluejoin
local create, resume, running = coroutine.create, coroutine.resume, coroutine.running
local yield = coroutine.yield
local lua_xpcall, traceback = xpcall, debug.traceback
local lua_load, setmetatable, type = load, setmetatable, type
local rawget, rawset, rawlen = rawget, rawset, rawlen
local concat, pack, tostring, select, error = table.concat, table.pack, tostring, select, error

function print(...)
	local texts = pack(...)
	for i = 1, texts.n do texts[i] = tostring(texts[i]) end
	print_line(concat(texts, "\t"))
end

-- Lua runs finalizers, and message handlers of errors that a hook raised, with hooks off, where
-- nothing could stop an endless one. A coroutine has hooks of its own.

local guards = setmetatable({}, { __mode = "k" })
local function guard(finalize)
	local function guarded(object)
		local ok, message = resume(create(finalize), object)
		if not ok then error(message, 0) end
	end
	guards[guarded] = true
	return guarded
end

--- Readies a metatable with __gc or __lt. Lua 5.1 took __lt where there was no __le.
local function prepare(meta)
	local finalize, less = rawget(meta, "__gc"), rawget(meta, "__lt")
	if type(finalize) == "function" and not guards[finalize] then
		rawset(meta, "__gc", guard(finalize))
	end
	if less ~= nil and rawget(meta, "__le") == nil then
		rawset(meta, "__le", function(a, b) return not less(b, a) end)
	end
end

local outer_threads = setmetatable({}, { __mode = "k" })
local function contain(handler)
	return function(message)
		local thread = create(handler)
		outer_threads[thread] = running()
		local _, result = resume(thread, message)
		return result
	end
end
function xpcall(f, handler, ...)
	if type(handler) == "function" and getinfo(handler, "S").what ~= "C" then
		handler = contain(handler)
	end
	return lua_xpcall(f, handler, ...)
end
function debug.traceback(thread, ...)
	if type(thread) == "thread" then return traceback(thread, ...) end
	-- A handler wants the stack of the error, not its own.
	local outer = outer_threads[running()]
	if outer then return traceback(outer, thread, (...)) end
	local message, level = thread, ...
	if message ~= nil and type(message) ~= "string" and type(message) ~= "number" then return message end
	return traceback(message, (level or 1) + 1)
end

-- Events run on threads of their own, which scripts see as the main one: they are no coroutines.

function coroutine.running()
	local thread, is_main = running()
	if event_threads[thread] then return main_thread, true end
	return thread, is_main
end
function coroutine.yield(...)
	if event_threads[running()] then error("attempt to yield from outside a coroutine", 0) end
	return yield(...)
end

-- A group's size is a number that later versions call: group:size()

debug.setmetatable(0, {
	__metatable = false,
	__call = function(number, object)
		local meta = debug_getmetatable(object)
		if type(meta) == "table" and rawget(meta, "__name") == "group" and object.size == number then
			return number
		end
		error("attempt to call a number value", 2)
	end,
})

-- What would reach around the limits or the binding

debug.sethook, debug.gethook = nil, nil
debug.getregistry, debug.setmetatable, debug.debug = nil, nil, nil
debug.setuservalue, debug.getuservalue, debug.setcstacklimit = nil, nil, nil
function debug.getmetatable(value) return getmetatable(value) end

-- Environments as Lua 5.1 had them

local function environment_of(f)
	for i = 1, 255 do
		local name, value = getupvalue(f, i)
		if name == "_ENV" then return i, value end
		if name == nil then return nil end
	end
end
local function function_at(f, caller)
	if type(f) == "function" then return f end
	local info = getinfo((f or 1) + 2, "f")
	if not info then error("bad argument #1 to '" .. caller .. "' (invalid level)", 3) end
	return info.func
end
function setfenv(f, environment)
	if f == 0 then error("'setfenv' cannot change given object", 2) end
	local target = function_at(f, "setfenv")
	local i = environment_of(target)
	if i then upvaluejoin(target, i, function() return environment end, 1) end
	return target
end

--- Fills `base`, the layer below an application's globals, with what depends on the application.
local function equip(environment, base)
	base._G = environment
	-- The parent's package is asked for each time: a restart gives the parent another one.
	local below = debug_getmetatable(base).__index
	local function inherit(field)
		return setmetatable({}, { __index = function(_, key)
			local outer = below.package
			if field and type(outer) == "table" then outer = outer[field] end
			return type(outer) == "table" and outer[key] or nil
		end })
	end
	local own = inherit()
	own.loaded, own.preload = inherit("loaded"), inherit("preload")
	base.package = own
	function base.load(chunk, name, mode, ...)
		if select("#", ...) > 0 then return lua_load(chunk, name, "t", ...) end
		return lua_load(chunk, name, "t", environment)
	end
	function base.loadstring(text, name) return lua_load(text, name, "t", environment) end
	function base.getfenv(f)
		if f == 0 then return environment end
		local _, value = environment_of(function_at(f, "getfenv"))
		return value == nil and environment or value
	end
	function base.module(name, ...)
		local found = own.loaded[name]
		if type(found) ~= "table" then
			found = environment
			for part in name:gmatch("[^.]+") do
				local inner = rawget(found, part)
				if inner == nil then
					inner = {}
					found[part] = inner
				end
				found = inner
			end
			own.loaded[name] = found
		end
		found._M, found._NAME = found, name
		found._PACKAGE = name:match("^(.*%.)[^.]*$") or ""
		for i = 1, select("#", ...) do (select(i, ...))(found, environment) end
		setfenv(2, found)
		return found
	end
end

package = { loaded = {}, preload = {}, path = "./?.lua;/usr/local/share/lua/5.4/?.lua;/usr/share/lua/5.4/?.lua", cpath = "./?.so", config = "/\n;\n?\n!\n-\n" }
function package.seeall(module, environment)
	setmetatable(module, { __index = environment or _G })
end
for _, name in ipairs { "coroutine", "table", "string", "utf8", "math", "debug", "bit" } do
	package.loaded[name] = _G[name]
end
package.loaded.package = package

--- How many parameters a function names.
local function parameter_count(f)
	return getinfo(f, "u").nparams
end

--- The name of the file that a function was written in.
local function source_of(f)
	return getinfo(f, "S").source:sub(2)
end

-- A node of XML finds its first child of a name, and its first content as __value

local node_meta = {}
function node_meta.__index(node, key)
	if key == "__value" then return rawget(node, 1) end
	for i = 1, rawlen(node) do
		local child = rawget(node, i)
		if type(child) == "table" and rawget(child, "__name") == key then return child end
	end
end
function node_meta.__newindex(node, key, value)
	rawset(node, key == "__value" and 1 or key, value)
end

--- Makes an XML document, or a part of one, navigable by names.
local function xml_tree(node)
	for i = 1, rawlen(node) do
		if type(node[i]) == "table" then xml_tree(node[i]) end
	end
	return setmetatable(node, node_meta)
end

-- A table knows no order: of each node, the names of its attributes as they came
local xml_orders = setmetatable({}, { __mode = "k" })

return equip, source_of, parameter_count, xml_tree, xml_orders, prepare
