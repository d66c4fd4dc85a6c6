-- The root application. Every folder below this one is an application too, and inherits what it does
-- not define itself. Edit this file while the server is running: the application restarts.

function onStart(path)
	INFO("application ", path, "/ starts")
end

function onStop(path)
	INFO("application ", path, "/ stops")
end

-- A client connects. error("reason") would reject it; a returned table is sent to the client.
-- Clients and streams are logged anyway; DEBUG shows that these functions are called.
function onConnection(client, ...)
	DEBUG("onConnection: ", client.protocol, " client ", client.address, " on ", client.path, "/")

		-- A client can call the functions that are stored in it, this one over HTTP as /streams too. It
	-- returns the live streams, and the port to publish to.
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
		return streams, mona.configs.RTMP.port
	end
end

function onDisconnection(client)
	DEBUG("onDisconnection: ", client.address)
end

-- A client publishes. Returning false, or error("reason"), would refuse it.
function onPublish(client, publication)
	DEBUG("onPublish: ", client.address, " ", publication.name)
end

function onUnpublish(client, publication)
	DEBUG("onUnpublish: ", client.address, " ", publication.name)
end

-- A client plays. Returning false, or error("reason"), would refuse it.
function onSubscribe(client, listener)
	DEBUG("onSubscribe: ", client.address, " ", listener.publication.name)
end

function onUnsubscribe(client, listener)
	DEBUG("onUnsubscribe: ", client.address, " ", listener.publication.name)
end
