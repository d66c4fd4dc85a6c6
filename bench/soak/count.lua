-- What the soak asks: everything that the server holds, and the memory of scripts in bytes.
local function count(list)
  local all = 0
  for _ in pairs(list) do all = all + 1 end
  return all
end

function onConnection(client)
  function client:count()
    collectgarbage("collect")
    return {
      lua = collectgarbage("count") * 1024,
      clients = count(mona.clients),
      publications = count(mona.publications),
      groups = count(mona.groups),
    }
  end
end
