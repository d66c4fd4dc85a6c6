-- Runs once in a new VM, before prelude.lua: what Lua 5.1 and LuaJIT offered and Lua 5.4 lacks.

local debug_getmetatable = debug.getmetatable
local lua_ipairs, setmetatable, lua_tointeger = ipairs, setmetatable, math.tointeger
local floor, type, rawget, select, next, tonumber = math.floor, type, rawget, select, next, tonumber

unpack = table.unpack
table.getn = function(t) return #t end
table.setn = function() end
function table.maxn(t)
	local max = 0
	for k in next, t do
		if type(k) == "number" and k > max then max = k end
	end
	return max
end
function table.foreach(t, f)
	for k, v in next, t do
		local result = f(k, v)
		if result ~= nil then return result end
	end
end
function table.foreachi(t, f)
	for i = 1, #t do
		local result = f(i, t[i])
		if result ~= nil then return result end
	end
end
string.gfind = string.gmatch

-- The library's functions drop fractions, as they did; this one is Lua 5.4's own and must not.
function math.tointeger(x)
	local n = lua_tointeger(x)
	if n == tonumber(x) then return n end
end
local tointeger = math.tointeger

local function whole(x) return tointeger(x) or x end
math.mod = math.fmod
function math.pow(x, y) return whole(x ^ y) end
function math.ldexp(m, e) return whole(m * 2.0 ^ e) end
function math.frexp(x)
	if x == 0 or x ~= x or x == math.huge or x == -math.huge then return x, 0 end
	local e = floor(math.log(math.abs(x), 2)) + 1
	local m = x / 2.0 ^ e
	if math.abs(m) >= 1 then m, e = m / 2, e + 1 elseif math.abs(m) < 0.5 then m, e = m * 2, e - 1 end
	return m, e
end
function math.log10(x) return math.log(x, 10) end
math.atan2 = math.atan
function math.sinh(x) return (math.exp(x) - math.exp(-x)) / 2 end
function math.cosh(x) return (math.exp(x) + math.exp(-x)) / 2 end
function math.tanh(x)
	if x > 20 then return 1.0 elseif x < -20 then return -1.0 end
	local a, b = math.exp(x), math.exp(-x)
	return (a - b) / (a + b)
end

function gcinfo() return floor(collectgarbage("count")) end

function newproxy(template)
	local proxy = {}
	if template == true then return setmetatable(proxy, {}) end
	return template and setmetatable(proxy, debug_getmetatable(template)) or proxy
end

-- LuaJIT's bit operations: on 32 bits, with signed results

bit = {}
local function signed(x)
	x = x & 0xffffffff
	return x >= 0x80000000 and x - 0x100000000 or x
end
local function integer(x)
	return tointeger(x) or floor(x % 2.0 ^ 32 + 0.5)
end
local function fold(operation)
	return function(first, ...)
		local result = integer(first)
		for i = 1, select("#", ...) do result = operation(result, integer((select(i, ...)))) end
		return signed(result)
	end
end
function bit.tobit(x) return signed(integer(x)) end
function bit.bnot(x) return signed(~integer(x)) end
bit.band = fold(function(a, b) return a & b end)
bit.bor = fold(function(a, b) return a | b end)
bit.bxor = fold(function(a, b) return a ~ b end)
function bit.lshift(x, n) return signed(integer(x) << (n & 31)) end
function bit.rshift(x, n) return signed((integer(x) & 0xffffffff) >> (n & 31)) end
function bit.arshift(x, n) return signed(signed(integer(x)) // (1 << (n & 31))) end
function bit.rol(x, n)
	x, n = integer(x) & 0xffffffff, n & 31
	return signed(x << n | x >> (32 - n))
end
function bit.ror(x, n) return bit.rol(x, -n) end
function bit.bswap(x)
	x = integer(x) & 0xffffffff
	return signed(x >> 24 | x >> 8 & 0xff00 | (x & 0xff00) << 8 | (x & 0xff) << 24)
end
function bit.tohex(x, n)
	n = n or 8
	local format = n < 0 and "%0" .. -n .. "X" or "%0" .. n .. "x"
	local digits = n < 0 and -n or n
	return (format:format(integer(x) & 0xffffffff)):sub(-digits)
end

-- LuaJIT honoured __ipairs

function ipairs(t, ...)
	local meta = debug_getmetatable(t)
	local iterate = type(meta) == "table" and rawget(meta, "__ipairs")
	if iterate then return iterate(t) end
	return lua_ipairs(t, ...)
end
