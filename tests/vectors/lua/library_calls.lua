-- Calls of the string, table and utf8 libraries with generated arguments, integers beyond 32 bits
-- among them, each with its answer: `lua5.4 library_calls.lua > library_calls.txt`. The test runs the
-- same program inside of the server.

local seed, count = 1, 900
local function rnd(n)
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return (seed >> 8) % n + 1
end
local ints = {"0","1","2","3","4","5","-1","-2","-3","-4","-5","7","100","-100"}
for _, b in ipairs{"(1<<31)","(1<<32)","(1<<33)","(1<<40)","(1<<62)"} do
  for _, o in ipairs{"-2","-1","","+1","+2","+3"} do
    ints[#ints+1] = b..o
    ints[#ints+1] = "-("..b..o..")"
  end
end
for _, i in ipairs{"math.maxinteger", "math.mininteger", "math.maxinteger-1", "math.mininteger+1",
  "2^31", "2^32", "2^33+1", "-2^32", "2^53", "nil", "'3'", "'x'"} do ints[#ints+1] = i end
local strs = {'""','"a"','"abc"','"abcabc"','"hello world"','"\\0a\\0"','"äöü€"','"\\xff\\xfe"','("xy"):rep(20)', '"12"'}
local pats = {'"b"','"c?"','"(a)(b)"','"()"','"^a"','"%a+"','""','"."','"[a-c]-c"','"%f[%w]%w"'}
local function I()
  return rnd(3) == 1 and ints[rnd(14)] or ints[rnd(#ints)]
end
local function S() return strs[rnd(#strs)] end
local function P() return pats[rnd(#pats)] end
local tabs = {"{}","{1,2,3}","{'a','b','c','d'}","{1}", "{n=3}", "{[1]=1,[3]=3}"}
local function T() return tabs[rnd(#tabs)] end
local fmts = {'"<i4"','">i8"','"b"','"z"','"s1"','"s4"','"s8"','"<I4"','"i16"','"!4i1i4"','"d"','"j"','"c2"','"B"', '"s2"', '"Xi8"','"i3"', '"i17"', '"s9"', '"s16"'}
local function F() return fmts[rnd(#fmts)] end
local gens = {
 function() return ("string.sub(%s,%s)"):format(S(),I()) end,
 function() return ("string.sub(%s,%s,%s)"):format(S(),I(),I()) end,
 function() return ("string.byte(%s,%s)"):format(S(),I()) end,
 function() return ("string.byte(%s,%s,%s)"):format(S(),I(),I()) end,
 function() return ("string.find(%s,%s,%s)"):format(S(),P(),I()) end,
 function() return ("string.find(%s,%s,%s,true)"):format(S(),P(),I()) end,
 function() return ("string.match(%s,%s,%s)"):format(S(),P(),I()) end,
 function() return ("all(string.gmatch(%s,%s,%s))"):format(S(),P(),I()) end,
 function() return ("string.gsub(%s,%s,'z',%s)"):format(S(),P(),I()) end,
 function() return ("string.gsub(%s,%s,{a=1,b=true},%s)"):format(S(),P(),I()) end,
 function() return ("string.gsub(%s,%s,'<%%0>',%s)"):format(S(),P(),I()) end,
 function() return ("string.char(%s)"):format(I()) end,
 function() return ("string.char(%s,%s)"):format(I(),I()) end,
 function() return ("string.unpack(%s,%s,%s)"):format(F(),S(),I()) end,
 function() return ("string.unpack('<s8',string.pack('<i8',%s)..'abcdef')"):format(I()) end,
 function() return ("string.unpack('>s4',string.pack('>i4',%s)..'abcdef')"):format(I()) end,
 function() return ("string.unpack('s16',string.pack('i16',%s)..'abcdef')"):format(I()) end,
 function() return ("string.pack(%s,%s)"):format(F(),I()) end,
 function() return ("string.pack(%s,%s,%s)"):format(F()..'.."i4"',I(),I()) end,
 function() return ("string.packsize(%s)"):format(F()) end,
 function() return ("string.packsize('c2147483647c2147483647')") end,
 function() return ("string.rep('',%s)"):format(ints[rnd(14)]) end,
 function() return ("string.rep(%s,%s)"):format(S(),ints[rnd(14)]) end,
 function() return ("string.rep('a',%s,'-')"):format(ints[rnd(14)]) end,
 function() return ("string.format('%%d %%x %%5.3d',%s,%s,%s)"):format(I(),I(),I()) end,
 function() return ("string.format('%%c|%%i|%%u',%s,%s,1)"):format(I(),I()) end,
 function() return ("string.format('%%q %%q',%s,%s)"):format(I(),I()) end,
 function() return ("string.format('%%5s|%%-5s|%%.2s',%s,%s,%s)"):format(S(),S(),S()) end,
 function() return ("string.len(%s)"):format(S()) end,
 function() return ("string.reverse(%s)"):format(S()) end,
 function() return ("string.upper(%s)"):format(S()) end,
 function() return ("utf8.char(%s)"):format(I()) end,
 function() return ("utf8.char(%s,%s)"):format(I(),I()) end,
 function() return ("utf8.len(%s,%s)"):format(S(),I()) end,
 function() return ("utf8.len(%s,%s,%s)"):format(S(),I(),I()) end,
 function() return ("utf8.len(%s,%s,%s,true)"):format(S(),I(),I()) end,
 function() return ("utf8.codepoint(%s,%s)"):format(S(),I()) end,
 function() return ("utf8.codepoint(%s,%s,%s)"):format(S(),I(),I()) end,
 function() return ("utf8.codepoint(%s,%s,%s,true)"):format(S(),I(),I()) end,
 function() return ("utf8.offset(%s,%s)"):format(S(),I()) end,
 function() return ("utf8.offset(%s,%s,%s)"):format(S(),I(),I()) end,
 function() return ("all(utf8.codes(%s))"):format(S()) end,
 function() return ("table.concat(%s,',',%s)"):format(T(),I()) end,
 function() return ("table.concat(%s,',',%s,%s)"):format(T(),I(),I()) end,
 function() return ("table.unpack(%s,%s)"):format(T(),I()) end,
 function() return ("table.unpack(%s,%s,%s)"):format(T(),I(),I()) end,
 function() return ("table.insert(%s,%s)"):format(T(),I()) end,
 function() local t=T() return ("ins(%s,%s)"):format(t,I()) end,
 function() local t=T() return ("rem(%s,%s)"):format(t,I()) end,
 function() return ("mv(%s,%s,%s,%s)"):format(T(),I(),I(),I()) end,
 function() return ("mv(%s,%s,%s,%s,{9})"):format(T(),I(),I(),I()) end,
 function() return ("table.pack(%s,%s).n"):format(I(),I()) end,
 function() return ("srt(%s)"):format(T()) end,
 function() return ("select(%s,1,2,3)"):format(I()) end,
 function() return ("tonumber('10',%s)"):format(I()) end,
 function() return ("tonumber(%s,10)"):format(S()) end,
 function() return ("math.ult(%s,%s)"):format(I(),I()) end,
 function() return ("math.tointeger(%s)"):format(I()) end,
 function() return ("math.abs(%s)"):format(I()) end,
 function() return ("math.fmod(%s,%s)"):format(I(),I()) end,
 function() return ("#tostring(math.random(%s,%s))>0"):format(I(),I()) end,
 function() return ("rawget({1,2,3},%s)"):format(I()) end,
 function() return ("rawlen(%s)"):format(T()) end,
 function() return ("#({1,2,3})[%s]"):format(I()) end,
}
local env = load([[
local env = setmetatable({
 all = function(f,...) local r = {} local n=0 for a, b in f,... do n=n+1 if n>100 then break end r[#r+1]=tostring(a) r[#r+1]=tostring(b) end return table.concat(r,";") end,
 flat = function(t) local r = {} local k={} for i in pairs(t) do k[#k+1]=i end table.sort(k,function(a,b) return tostring(a)<tostring(b) end) for _,i in ipairs(k) do r[#r+1]=tostring(i).."="..tostring(t[i]) end return table.concat(r,",") end,
 srt = function(t) table.sort(t) return #t end,
}, {__index=_G})
env.ins = function(t,i) if math.type(i)~="integer" or i<1 or i>#t+1 then return "-" end table.insert(t,i,"new") return env.flat(t) end
env.mv = function(t,f,e,p,u) local f0,e0=f,e f=math.tointeger(f) or math.tointeger(tonumber(f)) e=math.tointeger(e) or math.tointeger(tonumber(e)) if not f or not e then return "-" end if e>=f and not math.ult(e-f,1000) then return "-" end return env.flat(table.move(t,f,e,p,u)) end
env.rem = function(t,i) if math.type(i)~="integer" or i<1 or i>#t+1 then return "-" end local r=table.remove(t,i) return r, env.flat(t) end
return env]], "=helpers")()
local load = load
local function showv(v) if type(v)=="string" then return (("%q"):format(v):gsub("\n","n"):gsub("\r","\\13")) end if type(v)=="number" and math.type(v)=="float" then return ("%.14g"):format(v) end return tostring(v) end
local function escaped(c) return ("\\%d"):format(c:byte()) end
local seen = {}
for i = 1, count do
  local e = gens[rnd(#gens)]()
  if not seen[e] then
  seen[e] = true
  local f = load("return "..e, "=x", "t", env)
  local r = f and table.pack(pcall(f)) or {n=1,"syntax"}
  local o = {}
  for j = 1, math.min(r.n, 60) do o[j] = showv(r[j]) end
  local line = (e.."\t"..table.concat(o," ", 1, #o)):gsub("0x%x%x%x%x%x+","ADDR"):gsub("table: ADDR","T")
  print((line:gsub("[\128-\255]", escaped)))
  end
end
