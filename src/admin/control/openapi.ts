import { anObject, aText, type Schema } from "./schema.ts";
import type { Route } from "./route.ts";

/** Where the interface is, below the admin port. */
export const BASE = "/api/v1";

/** The interface as an OpenAPI 3.1 document: https://spec.openapis.org/oas/v3.1.0 */
export function openApi(routes: readonly Route[], version: string): unknown {
  const schemas = new Map<string, unknown>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    (paths[`${BASE}${route.path}`] ??= {})[route.method.toLowerCase()] = operation(route, schemas);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "MonaServer control interface",
      version,
      description:
        "Lists of what a server does, and acts on it. Every request needs the token of [admin]; " +
        "acts need the content type application/json, and are a line of the log each. Times are " +
        "milliseconds since the Unix epoch. Parts of a path are percent-encoded, slashes too.",
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: {
        ...Object.fromEntries(schemas),
        Error: anObject({ error: aText("One sentence.") }),
      },
      responses: {
        Error: {
          description:
            "400 for a bad value, 401 without the token, 403 for another origin or what " +
            "is switched off, 404 for what is not there, 405, 413, 415, 429 for too many acts, 503",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      },
    },
    paths,
  };
}

function operation(
  { method, path, summary, fields, answer, stream }: Route,
  schemas: Map<string, unknown>,
): unknown {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const all = Object.entries(fields);
  const query = method !== "GET" ? [] : all.map(([name, { schema, isRequired, help }]) => ({
    name,
    in: "query",
    required: isRequired,
    description: help,
    schema,
  }));
  return {
    summary,
    operationId: operationId(method, path),
    parameters: [...parameters, ...query],
    ...method === "POST" && { requestBody: requestBody(fields) },
    responses: {
      "200": {
        description: "The answer",
        content: {
          [stream ?? "application/json"]: {
            schema: referring(answer, schemas),
          },
        },
      },
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

/** A schema whose named parts are references to those of the document. */
function referring(schema: unknown, schemas: Map<string, unknown>): unknown {
  if (Array.isArray(schema)) return schema.map((part) => referring(part, schemas));
  if (typeof schema !== "object" || schema === null) return schema;
  const { title, ...rest } = schema as Schema;
  const parts = Object.fromEntries(
    Object.entries(rest).map(([key, part]) => [key, referring(part, schemas)]),
  );
  if (typeof title !== "string") return parts;
  schemas.set(title, parts);
  return { $ref: `#/components/schemas/${title}` };
}

function requestBody(fields: Route["fields"]): unknown {
  const all = Object.entries(fields);
  return {
    required: true,
    content: {
      "application/json": {
        schema: {
          type: "object",
          properties: Object.fromEntries(
            all.map(([name, { schema, help }]) => [name, { ...schema, description: help }]),
          ),
          required: all.filter(([, { isRequired }]) => isRequired).map(([name]) => name),
          additionalProperties: false,
        },
      },
    },
  };
}

/** `GET /clients/{id}` is `getClientsId`. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^\w]+/).filter(Boolean);
  return [method.toLowerCase(), ...words.map((word) => word[0]!.toUpperCase() + word.slice(1))]
    .join("");
}
