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
	-- returns all that can be played, also from other servers and relays, and the ports to publish to.
	function client:streams()
		return mona:streams(), mona.configs.RTMP.port, mona.configs.RTMPS.port
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
