-- An application whose clients get members, closures and tables, as scripts of shows and games do.
local joined = 0

function onConnection(client, name)
  joined = joined + 1
  client.name = name
  client.visits = { joined, owner = client }
  function client:echo(...) return ... end
  function client:enter(room)
    self.room = room
    return self.visits[1]
  end
  function client:say(text)
    local heard = 0
    for _, other in pairs(clients) do
      if other.room == self.room then
        other.heard = text
        heard = heard + 1
      end
    end
    return heard
  end
  function client:onManage() self.last = mona.epochTime end
  function client:onPublish(publication) publication.by = self end
  return { id = client.id }
end

function onPublish(client, publication) publication.packets = 0 end
function onVideoPacket(client, publication, time, packet)
  publication.packets = publication.packets + 1
end
function onSubscribe(client, listener) listener.mine = { client, listener.audioQOS } end
function onDisconnection(client) client.gone = true end
