/** An application that lets in whom it knows, and refuses the rest in its own words. */
export const GUARD = `
function onConnection(client, ...)
  if client.user == nil then error("") end
  if client.user ~= "tom" then error("you are not Tom!") end
end
function onPublish(client, publication)
  if publication.name == "mine" then error("no rights to publish it") end
  return publication.name ~= "theirs"
end
function onSubscribe(client, listener)
  if listener.publication.name == "mine" then error("no rights to play it") end
  return listener.publication.name ~= "theirs"
end
`;
