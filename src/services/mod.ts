/** What scripts reach beyond their clients: data that is kept, sockets, mail, HTTP, tokens. */
export { DataStore, type DataStoreOptions } from "./data/data_store.ts";
export { DataError, DataTable, type DataValue, MAX_DEPTH } from "./data/data_table.ts";
export { KeptObjects } from "./data/kept_objects.ts";
export { readFolders } from "./data/folders.ts";
export { exportJson, importJson } from "./data/transfer.ts";
export { Fetcher, type FetchRequest, type FetchResponse } from "./fetch/fetcher.ts";
export { FetchRules } from "./fetch/fetch_rules.ts";
export { type Endpoint, parseEndpoint } from "./sockets/endpoint.ts";
export { type NameAnswer, NameTable } from "./sockets/name_table.ts";
export { type SocketOptions, TcpClient, type TcpClientEvents } from "./sockets/tcp_client.ts";
export { TcpServer } from "./sockets/tcp_server.ts";
export { UdpSocket, type UdpSocketOptions } from "./sockets/udp_socket.ts";
export { verifyToken } from "./tokens/jwt.ts";
export { Mailer } from "./mail/mailer.ts";
export type { MailSettings } from "./mail/settings.ts";
export type { Mail } from "./mail/message.ts";
