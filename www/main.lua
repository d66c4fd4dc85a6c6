-- The root application. Every folder below this one is an application too, and has what it does
-- not define itself from here. Edit this file while the server runs: it restarts by itself.

function onStart(path)
	INFO("started")
end

function onStop(path)
	INFO("stopped")
end

-- A client connects. error("reason") would reject it; a table that is returned goes to the client.
function onConnection(client, ...)
	INFO(client.protocol, " client from ", client.address, " on ", client.path, "/")

	-- A function on the client is one that it can call: this one over HTTP as /streams too.
	function client:streams()
		local streams = {}
		for name, publication in pairs(mona.publications) do
			table.insert(streams, {
				name = name,
				listeners = #publication.listeners,
				bytesPerSecond = publication.audioQOS.byteRate + publication.videoQOS.byteRate
			})
		end
		table.sort(streams, function(a, b) return a.name < b.name end)
		return streams
	end
end

function onDisconnection(client)
	INFO(client.address, " is gone")
end

-- A client publishes. Returning false, or error("reason"), would refuse it.
function onPublish(client, publication)
	NOTE(client.address, " publishes ", publication.name)
end

function onUnpublish(client, publication)
	NOTE(publication.name, " is over")
end

-- A client plays. Returning false, or error("reason"), would refuse it.
function onSubscribe(client, listener)
	INFO(client.address, " plays ", listener.publication.name)
end

function onUnsubscribe(client, listener)
	INFO(client.address, " stops playing ", listener.publication.name)
end
