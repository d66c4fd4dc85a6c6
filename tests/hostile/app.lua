-- Methods that a hostile client calls: each does with its arguments what some real script does.
function onConnection(client)
  function client:echo(...) return ... end
  function client:count(...) return select("#", ...) end
  function client:loop() while true do end end
  function client:protected() while true do pcall(function() while true do end end) end end
  function client:coroutines()
    while true do coroutine.wrap(function() for i = 1, 4900 do end end)() end
  end
  function client:collect() for i = 1, 1e9 do collectgarbage() end end
  function client:find(text, pattern) return text:find(pattern) end
  function client:rep(count) return #string.rep("x", count) end
  function client:split(text, by) return #{ mona:split(text, by) } end
  function client:sort(list) table.sort(list, function() return true end) return 1 end
  function client:json(...) return mona:toJSON(...) end
  function client:wait(time) mona:wait(time) return time end
  function client:ask() return self:call("answer") end
  function client:fail(text) error(text) end
  function client:say(text) INFO(text) end
  function client:group(spec)
    local publication = mona:publish("group") or mona.publications("group")
    publication:toGroup(spec)
    for i = 1, 100 do publication:pushVideo(i, ("\23\1\0\0\0" .. ("x"):rep(20000))) end
    publication:flush()
  end
  function client:grow() local all = {} while true do all[#all + 1] = ("x"):rep(1e6) .. #all end end
end
